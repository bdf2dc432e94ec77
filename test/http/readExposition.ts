/** Prometheus's text form, taken apart. */
export interface Exposed {
  families: { name: string; type: string; labels: string[]; help: string }[];
  /** What follows the name in each line of these samples: labels and value. */
  of(sample: string): string[];
  /** Of a sample without labels. */
  numberOf(sample: string): number;
}

/** Reads a page line by line, as strictly as its grammar is; throws where a line is none of it. */
export function readExposition(text: string): Exposed {
  const families: Exposed['families'] = [];
  const samples: [name: string, rest: string][] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const help = /^# HELP (\w+) (.+)$/.exec(line);
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    const sample = /^([a-zA-Z_]\w*)((?:\{(?:\w+="(?:[^"\\]|\\["\\n])*",?)*\})? (?:[-+\d.e]+|NaN|\+Inf))$/.exec(line);
    const last = families.at(-1);
    if (help) families.push({ name: help[1] as string, type: '', labels: [], help: help[2] as string });
    else if (type && last && last.name === type[1]) last.type = type[2] as string;
    else if (sample && last && (sample[1] as string).startsWith(last.name)) {
      samples.push([sample[1] as string, sample[2] as string]);
      const labels = [...(sample[2] as string).matchAll(/(\w+)="/g)].map(([, label = '']) => label);
      if (last.labels.length === 0) last.labels = labels.filter((label) => label !== 'le');
    } else throw new Error(`not a line of the text form, or not in its place: ${line}`);
  }
  const of = (name: string) => samples.filter(([each]) => each === name).map(([, rest]) => rest);
  return { families, of, numberOf: (name) => Number(of(name)[0]) };
}
