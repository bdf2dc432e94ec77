import { posix } from 'node:path';

/*
 * The import rules of docs/architecture.md, as tables and a function over sources. `path` is relative to the checkout.
 */

export interface SourceFile {
  path: string;
  text: string;
}

const BASE = ['dips', 'grid', 'cadvisor', 'model'];
const MIDDLE = ['engine', 'http', 'influx', 'consul', 'config', 'demo'];

/** Which folders a folder may import from, besides itself: downward only. Nobody imports workers: they are started by file. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  dips: ['grid', 'model'],
  https: ['dips', 'grid', 'model'],
  grid: ['model'],
  cadvisor: ['model'],
  ...Object.fromEntries(MIDDLE.map((folder) => [folder, BASE])),
  store: ['model'],
  workers: ['https', 'store', ...BASE],
  entrypoint: [...MIDDLE, 'https', ...BASE],
  // The benches have DIRAC from the rig of the interop tests.
  test: ['entrypoint', ...MIDDLE, 'https', ...BASE],
  // The spool's bench beside bare SQLite has the same pages.
  bench: ['entrypoint', 'test', 'store', ...MIDDLE, 'https', ...BASE],
};

/** Single files that may be imported from beside or above, and why. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'http → src/config/duration.ts': 'pure: a time as people write it, in a query as in a file',
  'engine → src/influx/sink.ts': 'the shape of what the collector writes to; no sink itself',
};

/** Files that know no socket, timer, clock, log or process. */
const PURE = [
  /^src\/dips\/(?!peerChain|attempt|connect|deadline|ping\.|identity)/,
  /^src\/https\/(http(Message|Outcome|Failure|Observer)|describeHttp|serviceDoor|diracxDoor)\./,
  /^src\/cadvisor\/(?!scrape)/,
  /^src\/influx\/(pingPoint|lineBlock|blockQueue|lineRefusal|write(Request|Answer|Apart)|backoff|nextStep|pendingMarks)\./,
  /^src\/engine\/(schedule|dueQueue|targetState|targetPage|spoolLedger)\./,
  /^src\/http\/(query|pingQuery|answer|pingAnswer|probeFamilies|phaseHistogram|metrics|httpCounts)\./,
  /^src\/grid\/diracCfg\./,
  /^src\/store\/spoolPolicy\./,
  /^src\/model\//,
];
const IMPURE_MODULE =
  /^(node:(net|tls|https?|http2|dns|fs|dgram|timers|process|child_process|worker_threads|sqlite)(\/.*)?|pino|undici|piscina)$/;
/** Of node:net, but functions on text. */
const PURE_NAMES = /^\{ ?(isIP|isIPv4|isIPv6)(, (isIP|isIPv4|isIPv6))* ?\}$/;
const IMPURE_CODE =
  /\b(set(Timeout|Interval|Immediate)|queueMicrotask|fetch)\(|\b(process|console|performance)\.|\bDate\.now\b|\bnew Date\(\)/;

interface Import {
  specifier: string;
  /** What stands between `import` and `from`. */
  names: string;
  /** Erased before it runs. */
  typeOnly: boolean;
}

/** All imports and re-exports of a file, also those at run time. */
export function readImports(text: string): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  for (const [, type, names = '', specifier = ''] of code.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:([\w*{},\s]+?)\s+from\s+)?'([^']+)'/gm,
  )) {
    found.push({ specifier, names: names.replace(/\s+/g, ' '), typeOnly: type !== undefined });
  }
  for (const [, specifier = ''] of code.matchAll(/\bimport\(\s*'([^']+)'/g)) {
    found.push({ specifier, names: '', typeOnly: false });
  }
  return found;
}

/** Everything that breaks a rule, one sentence each; and the exceptions that were used. */
export function findFaults(files: readonly SourceFile[]): { faults: string[]; used: Set<string> } {
  const faults: string[] = [];
  const used = new Set<string>();
  const known = new Set(files.map(({ path }) => path));
  const edges = new Map<string, string[]>();
  for (const { path, text } of files) {
    const imports = readImports(text);
    for (const fault of faultsOfCode(path, text, imports)) faults.push(`${path}: ${fault}`);
    const targets = imports.filter(({ specifier }) => specifier.startsWith('.')).map(({ specifier }) => specifier);
    const resolved = targets.map((specifier) => posix.join(posix.dirname(path), specifier));
    edges.set(path, resolved);
    for (const target of resolved) {
      const fault = faultOfEdge(path, target, known, used);
      if (fault) faults.push(`${path}: ${fault}`);
    }
  }
  return { faults: [...faults, ...findCycles(edges)], used };
}

function faultsOfCode(path: string, text: string, imports: Import[]): string[] {
  const faults: string[] = [];
  const code = withoutStrings(withoutComments(text));
  const folder = folderOf(path);
  if (!(folder in MAY_IMPORT)) faults.push(`the folder ${folder} is in no table of import rules`);
  if (folder !== 'workers' && /^export default\b/m.test(code)) faults.push('a default export outside workers');
  const runtime = imports.filter(({ typeOnly }) => !typeOnly);
  const startsThreads = folder === 'engine' || folder === 'workers';
  if (runtime.some(({ specifier }) => specifier === 'piscina') && !startsThreads) {
    faults.push('imports piscina, which is for src/engine and the workers');
  }
  if (!PURE.some((pattern) => pattern.test(path))) return faults;
  for (const { specifier, names } of runtime) {
    if (IMPURE_MODULE.test(specifier) && !PURE_NAMES.test(names)) faults.push(`is pure, but imports ${specifier}`);
  }
  const impure = IMPURE_CODE.exec(code);
  if (impure) faults.push(`is pure, but uses ${impure[0]}`);
  return faults;
}

function faultOfEdge(path: string, target: string, known: Set<string>, used: Set<string>): string | null {
  if (!/\.(ts|json)$/.test(target)) return `imports ${target} without its suffix .ts`;
  if (target.endsWith('.ts') && !known.has(target)) return `imports ${target}, which is not there`;
  const [from, to] = [folderOf(path), folderOf(target)];
  if (from === to || MAY_IMPORT[from]?.includes(to)) return null;
  const exception = `${from} → ${target}`;
  if (exception in EXCEPTIONS) {
    used.add(exception);
    return null;
  }
  return `imports ${target}; ${from} may import ${MAY_IMPORT[from]?.join(', ') || 'no other folder'}`;
}

/** Each ring of imports once, by the way round it. */
function findCycles(edges: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, way: string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) cycles.push(`import cycle: ${[...way.slice(start), path].join(' → ')}`);
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

function folderOf(path: string): string {
  return path.split('/').at(path.startsWith('src/') ? 1 : 0) as string;
}

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

function withoutComments(text: string): string {
  return text.replace(COMMENT_OR_STRING, (token) => (token.startsWith('/') ? ' ' : token));
}

/** Templates stay: they hold code. */
function withoutStrings(code: string): string {
  return code.replace(COMMENT_OR_STRING, (token) => (token.startsWith('`') ? token : "''"));
}
