import child from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/** Quick tests need nothing but their own process: one that starts another belongs to the rest. */
function refuse(): never {
  throw new Error('a quick test tried to start a process: name its file in SLOW of vitest.config.ts');
}

for (const name of ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const) {
  Object.assign(child, { [name]: refuse });
}
syncBuiltinESMExports();
