import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplyStore, RenderedFile, RenderedRegister } from '#agent/apply/apply-store.ts';
import type { ApplyHost, ApplyWork } from '#agent/apply/apply-work.ts';
import { recoverTargets } from '#agent/apply/targets/recovery.ts';
import { stageTargets } from '#agent/apply/targets/targets.ts';
import type { FileEntry, Plan } from '#agent/plan/plan.ts';
import { writeFileAtomic } from '#kit/atomic-file.ts';
import { systemClock } from '#kit/clock.ts';
import { silentLogger } from '#kit/logger.ts';
import { ok } from '#kit/outcome.ts';
import { runReally } from '../support/run-really.ts';
import { contentOf, FILES, look } from './apply-content.ts';

/**
 * A process of its own for `apply-kill.test.ts`: recovers, says what there is, then applies one version after the other
 * until it is killed. Store and register are plain files here; the daemon's are sealed.
 */
const [folder = '', count = ''] = process.argv.slice(2);
const last = count === '' ? Number.POSITIVE_INFINITY : Number(count);

const store: ApplyStore = {
  load: (record) => readFile(join(folder, record)).catch(() => undefined),
  save: async (record, bytes) => ok(await writeFileAtomic(join(folder, record), bytes, 0o600)),
  remove: () => Promise.resolve(ok(undefined)),
};
const register: RenderedRegister = {
  load: async () => {
    const text = await readFile(join(folder, 'register'), 'utf8').catch(() => '[]');
    return JSON.parse(text) as RenderedFile[];
  },
  save: async (files) => ok(await writeFileAtomic(join(folder, 'register'), JSON.stringify(files), 0o600)),
};
const uid = process.geteuid?.() ?? 0;
const host: ApplyHost = {
  clock: systemClock,
  logger: silentLogger,
  run: runReally,
  store,
  register,
  runDir: folder,
  uid,
};
const { signal } = new AbortController();

const recovered = await recoverTargets(host, signal);
if (recovered.kind !== 'ok') throw new Error(`recovery: ${recovered.fault.code} ${recovered.fault.cause}`);
process.stdout.write(`${JSON.stringify({ ...look(folder), recovered: recovered.value })}\n`);

const there = look(folder).versions['a'] ?? 0;
for (let step = 1; step <= last; step += 1) await apply(there + step);

async function apply(version: number): Promise<void> {
  const staged = await stageTargets(workOf(version), host, {
    mode: 'off',
    judge: () => ({ findings: [], shown: [] }),
  });
  if (staged.kind !== 'ok') throw new Error(staged.fault.cause);
  const checked = await staged.value.check();
  if (checked.kind !== 'ok') throw new Error(checked.fault.cause);
  const done = await staged.value.commit(
    () => {},
    () => {},
  );
  if (done.kind !== 'ok') throw new Error(`${done.fault.code} ${done.fault.cause}`);
}

function workOf(version: number): ApplyWork {
  const files = FILES.flatMap((name): FileEntry[] => {
    const content = contentOf(name, version);
    if (content === undefined) return [];
    return [
      {
        name,
        target: join(folder, 'etc', name),
        place: { file: 'base/plan.yaml' },
        source: undefined,
        content,
        mode: undefined,
        owner: undefined,
        group: undefined,
        check: 'test -s {path}',
        // What the service has loaded: the first line of every file there is.
        reload: `cd ${folder} && head -qn1 etc/* > loaded.new && mv loaded.new loaded`,
        timeoutMs: 60_000,
        independent: false,
      },
    ];
  });
  return {
    plan: { templates: [], environmentFiles: [], files } as unknown as Plan,
    next: { effective: new Map(), facts: { region: 'eu-west-1' } } as unknown as ApplyWork['next'],
    before: undefined,
    asset: () => undefined,
    isSecret: () => false,
    secretTexts: [],
    signal,
  };
}
