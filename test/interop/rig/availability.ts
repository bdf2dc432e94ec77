import { type TestContext, test } from 'node:test';

/** A real service, or why it cannot be had on this machine. */
export type Available<T> = { ok: true; value: T } | { ok: false; reason: string };

/** Brings a service's programs: whatever stands in the way becomes the reason its tests are skipped for. */
export async function bring<T>(what: string, build: () => Promise<T>): Promise<Available<T>> {
  try {
    return { ok: true, value: await build() };
  } catch (error) {
    const why = (error as Error).message.replace(/\s+/g, ' ').slice(0, 500);
    return { ok: false, reason: `${what} cannot be had here: ${why}` };
  }
}

/** Starts what was brought. A service that is there and does not start is a failure, not a reason to skip. */
export async function start<T, U>(brought: Available<T>, begin: (value: T) => Promise<U>): Promise<Available<U>> {
  return brought.ok ? { ok: true, value: await begin(brought.value) } : brought;
}

/** A test of a real service; where that cannot be had it is skipped, by name and with the reason. */
export function testWith<T>(
  service: Available<T>,
  name: string,
  body: (value: T, t: TestContext) => Promise<void>,
): void {
  test(name, async (t) => {
    if (service.ok) await body(service.value, t);
    else t.skip(service.reason);
  });
}
