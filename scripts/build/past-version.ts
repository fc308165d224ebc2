import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `node scripts/build/past-version.ts COMMIT`: builds the programs as they were at a commit, with the packages they had then, and
 * prints where the agent is: what `test/e2e/versions.test.ts` takes as `LANDFALL_PAST`. A minute or two.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const [commit] = process.argv.slice(2);
if (commit === undefined) throw new Error('Name a commit: node scripts/build/past-version.ts COMMIT');
const folder = join(ROOT, '.cache', 'past', commit);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 1 << 29 });
execFileSync('tar', ['-x', '-C', folder], { input: archive });
const told = ['ignore', process.stderr, process.stderr] as const;
execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: [...told] });
execFileSync('npm', ['run', 'build', '--', '--host-only'], { cwd: folder, stdio: [...told] });
console.log(join(folder, 'dist', 'landfall'));
