/** What a DIRAC 8.0 service says to a ping, recorded. */
export const ANSWER = {
  version: '8.0.55',
  time: new Date('2026-11-24T06:23:29.123Z'),
  'host uptime': 1473,
  'service start time': new Date('2026-11-24T06:16:37.456Z'),
  'service uptime': 412,
  load: '2.16650390625 1.67236328125 1.06591796875',
  name: 'Bench/Target00000',
  'cpu times': { 'user time': 0.73, 'system time': 0.07, 'children user time': 0.01, 'elapsed real time': 17181042.08 },
};
