/*
 * dirac.cfg = { "#" comment | name "=" value | name "+=" value | name "{" dirac.cfg "}" }
 * A statement ends with its line, but a brace may stand on the name's line or alone. A comment has a line of its own: a value may
 * hold a "#", an "=" and braces. `+=` appends to the list, joined by a comma. Names are case-sensitive.
 */

/** A section: options are strings, sections are nested. */
export interface CfgSection {
  [name: string]: string | CfgSection;
}

/** Parses a DIRAC configuration. Lines that are no statement are skipped, as DIRAC's own parser does. */
export function parseDiracCfg(text: string): CfgSection {
  const root = newSection();
  const stack = [root];
  let pendingName = '';
  for (const token of tokens(text)) {
    const section = stack.at(-1) as CfgSection;
    if (token === '{') {
      stack.push(openSection(section, pendingName));
      pendingName = '';
    } else if (token === '}') {
      if (stack.length > 1) stack.pop();
    } else {
      pendingName = setOption(section, token) ? '' : token;
    }
  }
  return root;
}

/** The option at a path such as `DIRAC/Security/CertFile`, or null. */
export function cfgOption(cfg: CfgSection, path: string): string | null {
  let at: string | CfgSection | undefined = cfg;
  for (const name of path.split('/')) {
    if (typeof at !== 'object') return null;
    at = at[name];
  }
  return typeof at === 'string' ? at : null;
}

/** Lays `over` over `under`: its options win, sections are merged. */
export function mergeCfg(under: CfgSection, over: CfgSection): CfgSection {
  const merged = Object.assign(newSection(), under);
  for (const [name, value] of Object.entries(over)) {
    const old = merged[name];
    merged[name] = typeof value === 'object' && typeof old === 'object' ? mergeCfg(old, value) : value;
  }
  return merged;
}

/** Without a prototype: a section may be called `constructor`. */
function newSection(): CfgSection {
  return Object.create(null);
}

function* tokens(text: string): Generator<string> {
  for (const rawLine of text.split('\n')) {
    const line = rawLine.trim();
    if (line.startsWith('#')) continue;
    const isOption = line.includes('=');
    // A value may hold braces; a line that is no option may hold several of them: "Section {".
    if (isOption) yield line;
    else
      yield* line
        .split(/([{}])/)
        .map((part) => part.trim())
        .filter((part) => part !== '');
  }
}

function openSection(parent: CfgSection, name: string): CfgSection {
  const old = parent[name];
  if (typeof old === 'object') return old;
  const section = newSection();
  parent[name] = section;
  return section;
}

function setOption(section: CfgSection, token: string): boolean {
  const match = /^([^=]+?)\s*(\+?=)\s*(.*)$/.exec(token);
  if (!match) return false;
  const [, name = '', operator, value = ''] = match;
  const old = section[name];
  section[name] = operator === '+=' && typeof old === 'string' && old !== '' ? `${old}, ${value}` : value;
  return true;
}
