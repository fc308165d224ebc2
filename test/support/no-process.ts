import child from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll } from 'vitest';

/** Quick tests need nothing but their own process: one that starts another belongs to the rest. */
const WHY = 'a quick test tried to start a process: name its file in SLOW of vitest.config.ts';

/** Files that share a process all begin with this one, and the first of them puts it in place. */
const TRIED = Symbol.for('landfall.no-process');
const refusing = child as { [TRIED]?: string[] };
if (refusing[TRIED] === undefined) {
  const tried: string[] = [];
  refusing[TRIED] = tried;
  for (const name of [
    'exec',
    'execFile',
    'execFileSync',
    'execSync',
    'fork',
    'spawn',
    'spawnSync',
  ] as const) {
    Object.assign(child, {
      [name]: (program: unknown): never => {
        tried.push(String(program));
        throw new Error(WHY);
      },
    });
  }
  syncBuiltinESMExports();
}

// Who asks whether something can be done here takes the refusal for a no, and leaves out its tests without a word.
afterAll(() => {
  const tried = refusing[TRIED]?.splice(0) ?? [];
  if (tried.length > 0) throw new Error(`${WHY} (${tried.join(', ')})`);
});
