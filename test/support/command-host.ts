import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAccounts } from '#agent/apply/commands/account.ts';
import { createCommandRunner, type OnOutput } from '#agent/apply/commands/command-runner.ts';
import { createHooks, type Hooks } from '#agent/apply/steps/hooks-step.ts';
import { createLauncher, type LaunchCommand } from '#agent/apply/steps/launch.ts';
import type { ApplyStore } from '#agent/apply/apply-store.ts';
import type { ApplyHost, ApplyWork } from '#agent/apply/apply-work.ts';
import type { RunCommand } from '#agent/apply/commands/command.ts';
import type { RunnerFor } from '#agent/apply/deploy/archive-inspection.ts';
import { HOOK_EVENTS, type HookEntry, type Plan, type ScriptEntry } from '#agent/plan/plan.ts';
import type { Generation } from '../../config-service/generation.ts';
import { writeFileAtomic } from '../../config-service/kit/atomic-file.ts';
import { systemClock, type Clock } from '../../config-service/kit/clock.ts';
import { silentLogger } from '../../config-service/kit/logger.ts';
import { ok } from '../../config-service/kit/outcome.ts';
import { generationOf } from './generations.ts';

/** A host of its own: real processes, a real run folder, and records in plain files. */
export interface CommandHost extends AsyncDisposable {
  readonly folder: string;
  readonly host: ApplyHost;
  readonly run: RunCommand;
  readonly runnerFor: RunnerFor;
  readonly launch: LaunchCommand;
  readonly hooks: Hooks;
  /** `label stream line`. */
  readonly output: string[];
  /** What stands in a file of the folder, trimmed; empty when there is none. */
  text(name: string): Promise<string>;
}

export async function openCommandHost(clock: Clock = systemClock): Promise<CommandHost> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-commands-'));
  const opened = commandHostIn(folder, clock);
  return { ...opened, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** For a process that is to be killed: the folder is somebody else's to remove. */
export function commandHostIn(
  folder: string,
  clock: Clock = systemClock,
): Omit<CommandHost, keyof AsyncDisposable> {
  const output: string[] = [];
  const accounts = createAccounts();
  const uid = process.geteuid?.() ?? 0;
  const common = {
    clock,
    accounts,
    uid,
    kill: (pid: number, signal: NodeJS.Signals | 0) => process.kill(pid, signal),
  };
  const runnerFor = (onOutput: OnOutput) => createCommandRunner({ ...common, runDir: folder, onOutput });
  const run = runnerFor((label, stream, line) => output.push(`${label} ${stream} ${line}`));
  const register = { load: () => Promise.resolve([]), save: () => Promise.resolve(ok(undefined)) };
  const store = plainStore(folder);
  const host: ApplyHost = { clock, logger: silentLogger, run, store, register, runDir: folder, uid };
  const launch = createLauncher({ accounts, passedOn: {} });
  const text = async (name: string) => (await readFile(join(folder, name), 'utf8').catch(() => '')).trim();
  return { folder, host, run, runnerFor, launch, hooks: createHooks(host, launch), output, text };
}

function plainStore(folder: string): ApplyStore {
  return {
    load: (record) => readFile(join(folder, `${record}.json`)).catch(() => undefined),
    save: async (record, bytes) => ok(await writeFileAtomic(join(folder, `${record}.json`), bytes, 0o600)),
    remove: async (record) => ok(await rm(join(folder, `${record}.json`), { force: true })),
  };
}

/** `command-child.ts` as a process of its own. Its first line says that it is up. */
export function commandChild(mode: 'deploy' | 'scripts' | 'flood', folder: string) {
  const script = fileURLToPath(new URL('command-child.ts', import.meta.url));
  // Three times as fast to its feet, and there are many.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  return spawn(process.execPath, [script, mode, folder], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

export interface WorkParts {
  readonly scripts?: readonly ScriptEntry[];
  readonly hooks?: Partial<Plan['hooks']>;
  readonly properties?: Readonly<Record<string, string>>;
  /** `layer/path` to text. */
  readonly assets?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly before?: Generation;
  readonly signal?: AbortSignal;
}

export function workOf(parts: WorkParts): ApplyWork {
  const { assets = {}, secrets = [] } = parts;
  const noHooks = Object.fromEntries(HOOK_EVENTS.map((event) => [event, []])) as unknown as Plan['hooks'];
  return {
    plan: {
      bucketOwners: new Map(),
      scripts: parts.scripts ?? [],
      hooks: { ...noHooks, ...parts.hooks },
    } as unknown as Plan,
    next: generationOf(7, parts.properties ?? {}, { release: 'r-1' }),
    before: parts.before,
    asset: ({ layer, path }) => {
      const content = assets[`${layer}/${path}`];
      if (content === undefined) return undefined;
      const bytes = new TextEncoder().encode(content);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { path, object: `s3://b/${layer}/${path}`, sha256, bytes };
    },
    isSecret: (key) => secrets.includes(key),
    secretTexts: secrets.flatMap((key) => parts.properties?.[key] ?? []),
    signal: parts.signal ?? new AbortController().signal,
  };
}

/** A script of its own layer `base`, at `NAME.sh`. */
export function scriptOf(name: string, more: Partial<ScriptEntry> = {}): ScriptEntry {
  return {
    name,
    place: { file: 'base/plan.yaml' },
    layer: 'base',
    run: { layer: 'base', path: `${name}.sh` },
    timeoutMs: 60_000,
    when: 'once',
    continueOnError: false,
    user: undefined,
    environment: {},
    owns: [],
    ...more,
  };
}

export function hookOf(name: string, command: string, more: Partial<HookEntry> = {}): HookEntry {
  return {
    name,
    place: { file: 'base/plan.yaml', line: 1 },
    layer: 'base',
    command,
    run: undefined,
    timeoutMs: 60_000,
    continueOnError: false,
    user: undefined,
    owns: [],
    ...more,
  };
}
