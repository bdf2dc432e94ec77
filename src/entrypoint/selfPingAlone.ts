import { SELF_PING_FLAGS } from './flags.ts';
import { readPlainArguments } from './plainArguments.ts';
import { type SelfPingOptions, selfPing } from './selfPing.ts';

/*
 * The start of the one-file `self-ping` in a service's image (docker/dirac): PORT/System/Service and flags are its arguments, or where there are
 * none, the words of DIPS_PROBE_SELF, because a Dockerfile's HEALTHCHECK knows no container's port. Bundled as CommonJS: no `await` out here.
 */

const words = process.argv.length > 2 ? process.argv.slice(2) : (process.env.DIPS_PROBE_SELF ?? '').split(/\s+/);
const plain = readPlainArguments(
  words.filter((word) => word !== ''),
  SELF_PING_FLAGS,
  1,
);
if (plain) {
  void selfPing(plain.operands[0] as string, plain.options as unknown as SelfPingOptions).then((code) => {
    process.exitCode = code;
  });
} else {
  const flags = SELF_PING_FLAGS.map((flag) => `[${flag.flags}]`).join(' ');
  process.stderr.write(
    `self-ping: expected PORT/System/Service, such as 9197/DataManagement/FileCatalog, as argument or in DIPS_PROBE_SELF; flags: ${flags}\n`,
  );
  process.exitCode = 1;
}
