import { fenceState, type FenceMode } from '../../config-service/store/fence/fence.ts';
import { HERE } from '../support/sealing.ts';

/** A process of its own for `fence-kill.test.ts`: says that it is ready, then raises the fence as one line of JSON says. */
process.stdin.once('data', (line: Buffer) => {
  const { folder, mode } = JSON.parse(line.toString('utf8')) as { folder: string; mode: FenceMode };
  const uid = process.geteuid?.() ?? 0;
  void fenceState({ folder, writable: true, here: HERE, uid, mode }).then(() => process.exit(0));
});
process.stdin.once('end', () => process.exit(0));
process.stdout.write('ready\n');
