import type { PingTask } from './pingTask.ts';

/**
 * A ping on its way to its thread: its values in a fixed order. As the object that it is, its fields' names would travel with each, and cost the sender
 * and the receiver more than its values (as of resultRow.ts).
 */
export type TaskRow = ReturnType<typeof packTask>;

/** Takes a task apart. `id`: chosen by the sender; comes back with the result. */
export function packTask(id: number, { target, timeoutMs, serverName, addresses, startInMs }: PingTask) {
  const { scheme, host, port, service } = target;
  return [id, scheme, host, port, service, timeoutMs, serverName, addresses, startInMs] as const;
}

/** The same task again, with a target of its own. By index, as unpackResult. */
export function unpackTask(row: TaskRow): PingTask {
  return {
    target: { scheme: row[1], host: row[2], port: row[3], service: row[4] },
    timeoutMs: row[5],
    serverName: row[6],
    addresses: row[7],
    startInMs: row[8],
  };
}
