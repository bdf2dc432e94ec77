import type { Route } from './route.ts';

/** Loaded at the first scrape, and the process is observed from then on: not every site has a Prometheus. */
export const metricsRoute: Route = {
  name: '/metrics',
  method: 'GET',
  matches: (_url, path) => path === '/metrics',
  answer: async ({ options, desk }) => {
    const [{ EXPOSITION_TYPE, writeFamilies }, { metricsFamilies }, { observeRuntime }] = await Promise.all([
      import('../exposition.ts'),
      import('../metrics.ts'),
      import('../runtime.ts'),
    ]);
    desk.runtime ??= observeRuntime();
    const families = metricsFamilies({
      ...options.metrics(),
      statuses: options.watch?.statuses() ?? null,
      http: { ...desk.counts, connections: desk.connections(), listeners: desk.events?.listeners ?? 0 },
      runtime: desk.runtime.read(),
    });
    return { status: 200, contentType: EXPOSITION_TYPE, body: await writeFamilies(families) };
  },
};
