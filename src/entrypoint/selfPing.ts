import { ping } from '../dips/ping.ts';
import { CredentialError } from '../grid/credentialError.ts';
import type { CredentialOptions } from '../grid/credentialFiles.ts';
import { terminalLine } from '../model/errorText.ts';
import { parseTarget, TargetError } from '../model/target.ts';
import { prepareIdentity, warnOnStderr } from './identity.ts';

const MAX_LINE = 500;

export interface SelfPingOptions extends CredentialOptions {
  timeout: number;
  serverName?: string;
}

/**
 * `dips-probe self-ping PORT/System/Service`: is the service in this container alive? Exit code 0 or 1, as Marathon and Docker
 * read it (2 is reserved by Docker), so a wrong argument or credential is 1 as well, said in one line on stderr.
 * Whether the certificate chain is right is checked; its name is not, unless given: a container's seldom names localhost.
 */
export async function selfPing(portAndService: string, options: SelfPingOptions): Promise<number> {
  try {
    const target = parseTarget(`dips://localhost:${portAndService}`);
    const identity = prepareIdentity(options, 'host', warnOnStderr);
    const result = await ping(target, {
      timeoutMs: options.timeout,
      identity,
      serverName: options.serverName ?? null,
    });
    if (!result.ok) process.stderr.write(`${result.reason}: ${terminalLine(result.detail ?? '', MAX_LINE)}\n`);
    return result.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TargetError || error instanceof CredentialError)) throw error;
    const reason = error instanceof CredentialError ? 'no_credentials: ' : '';
    process.stderr.write(`${reason}${terminalLine(error.message, MAX_LINE)}\n`);
    return 1;
  }
}
