import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** For `node --import`: writes the address of every module that the program loads to the file RECORD_LOADS_TO. */
const loaded = new Set<string>();
registerHooks({
  load: (url, context, nextLoad) => {
    loaded.add(url);
    return nextLoad(url, context);
  },
});
process.on('exit', () => writeFileSync(`${process.env.RECORD_LOADS_TO}`, [...loaded].join('\n')));
