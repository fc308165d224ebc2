// Runs one document to its end, in a process of its own that a test can kill: ROOT PATH DOCUMENT.
import { stepIn, workOf } from './init-host.ts';

const [, , root = '', path = '', document = ''] = process.argv;
process.stdout.write('started\n');
const done = await stepIn(root, path).run(workOf({ web: document }));
process.stdout.write(`${JSON.stringify(done)}\n`);
