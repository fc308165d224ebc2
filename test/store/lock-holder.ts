import { acquireStateLock } from '../../config-service/store/folder/state-lock.ts';

/** A process of its own for `state-lock.test.ts`: says how its attempt went, then stays until it is killed or told to go. */
const [folder = ''] = process.argv.slice(2);
const outcome = await acquireStateLock(folder, process.pid);
process.stdout.write(outcome.kind === 'ok' ? 'held\n' : `${outcome.fault.code} ${outcome.fault.cause}\n`);
process.stdin.once('end', () => process.exit(0)).resume();
