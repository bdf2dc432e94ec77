import type { Logger } from 'pino';
import { errorText } from '../model/errorText.ts';

/*
 * What systemd wants to hear of a service of `Type=notify`: sd_notify(3). Its socket is a datagram socket, which Node has not, so systemd's own
 * `systemd-notify` sends (docs/decisions/0060-systemd-notify.md); the unit needs NotifyAccess=all.
 */

/** It waits until systemd has read the message, which takes a few ms. */
const SEND_TIMEOUT_MS = 5_000;

export interface SystemdOptions {
  /** Resolves when all that must work has answered. What it rejects with, or that it does not resolve, costs a watchdog beat. */
  prove(): Promise<void>;
  log: Logger;
  env?: NodeJS.ProcessEnv;
}

export interface SystemdWatch {
  /** Ends the watchdog beats and says that the process stops; systemd's TimeoutStopSec counts from now on. */
  stopping(): Promise<void>;
}

/**
 * Says that the process is ready and, where the unit has WatchdogSec, twice in that time that it is well, whenever `prove` says so. Does
 * nothing where systemd has not started this process. Never rejects: a message that cannot be sent is told in the log.
 */
export async function tellSystemd({ prove, log, env = process.env }: SystemdOptions): Promise<SystemdWatch> {
  if (!env.NOTIFY_SOCKET) return { stopping: async () => undefined };
  const { execFile } = await import('node:child_process');

  function send(...assignments: string[]): Promise<void> {
    const options = { timeout: SEND_TIMEOUT_MS, env: { PATH: env.PATH, NOTIFY_SOCKET: env.NOTIFY_SOCKET } };
    return new Promise((resolve) => {
      execFile('systemd-notify', assignments, options, (error) => {
        if (error) log.warn({ reason: errorText(error) }, `systemd was not told ${assignments[0]}`);
        resolve();
      });
    });
  }

  await send('READY=1');
  const endBeats = startBeats(watchdogMs(env), async () => {
    try {
      await prove();
      await send('WATCHDOG=1');
    } catch (error) {
      log.warn({ reason: errorText(error) }, 'no watchdog beat');
    }
  });
  return {
    stopping: () => {
      endBeats();
      return send('STOPPING=1');
    },
  };
}

/** Calls `beat` at once and twice in every `periodMs`, but never while the last one is under way. Null: never. Returns what ends it. */
function startBeats(periodMs: number | null, beat: () => Promise<void>): () => void {
  if (periodMs === null) return () => undefined;
  let isUnderWay = false;
  const next = async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    await beat();
    isUnderWay = false;
  };
  void next();
  const timer = setInterval(next, periodMs / 2).unref();
  return () => clearInterval(timer);
}

/** WatchdogSec of the unit; null: it has none, or it is not for this process. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | null {
  const ms = Number(WATCHDOG_USEC ?? 0) / 1_000;
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
  return ms > 0 && isOurs ? ms : null;
}
