import { get } from 'node:http';
import { errorText, terminalLine } from '../model/errorText.ts';

/** Docker's own default is 30 s; a pinger that takes longer than this to say `I am good thanks` is not well. */
const DEADLINE_MS = 3_000;
const MAX_LINE = 500;

/**
 * `dips-probe healthcheck`: does the pinger of this container answer `/self`? Exit code 0 on 200 within 3 s, else 1 with one line of reason
 * on stderr; never 2, which Docker keeps for itself.
 */
export async function healthcheck({ url }: { url: string }): Promise<number> {
  const fault = await findFault(url);
  if (fault === null) return 0;
  process.stderr.write(`${terminalLine(`${url}: ${fault}`, MAX_LINE)}\n`);
  return 1;
}

/** Resolves to what is wrong, as a sentence; null: nothing. */
async function findFault(url: string): Promise<string | null> {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'http:') return 'expected an address such as http://127.0.0.1:1234/self';
  return new Promise((resolve) => {
    const request = get(parsed, { agent: false }, ({ statusCode, statusMessage }) => {
      finish(statusCode === 200 ? null : `answered ${statusCode} ${statusMessage}, expected 200`);
    });
    const deadline = setTimeout(() => finish(`no answer within ${DEADLINE_MS / 1_000} s`), DEADLINE_MS);
    request.on('error', (error) => finish(errorText(error)));
    function finish(fault: string | null): void {
      clearTimeout(deadline);
      request.destroy();
      resolve(fault);
    }
  });
}
