import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ApplyRecord, ApplyStore, RenderedFile, RenderedRegister } from '#agent/apply/apply-store.ts';
import type { ApplyHost, ApplyWork } from '#agent/apply/apply-work.ts';
import type { RunCommand } from '#agent/apply/commands/command.ts';
import type { ContentGuard } from '#agent/apply/render/content-guard.ts';
import { stageTargets, type AppliedTargets } from '#agent/apply/targets/targets.ts';
import type {
  EnvironmentFileEntry,
  FileEntry,
  HostEntry,
  Plan,
  TargetEntry,
  TemplateEntry,
} from '#agent/plan/plan.ts';
import { judge, sha256Hex, type AllowEntry } from '#config-service';
import { systemClock } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { generationOf } from '../support/generations.ts';
import { runReally } from '../support/run-really.ts';

/** A real folder, real commands; store and register are in memory. */
export interface TargetBench {
  readonly folder: string;
  readonly host: ApplyHost;
  /** Every command that ran, as its label. */
  readonly ran: string[];
  /** Every warning and error, as its message. */
  readonly logged: string[];
  readonly records: Map<ApplyRecord, Uint8Array>;
  readonly registered: RenderedFile[];
  readonly path: (name: string) => string;
  readonly read: (name: string) => string;
  write(name: string, text: string): void;
  close(): void;
}

export function openTargetBench(run: RunCommand = runReally): TargetBench {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-targets-'));
  const runDir = join(folder, 'run');
  mkdirSync(runDir, { mode: 0o755 });
  const ran: string[] = [];
  const logged: string[] = [];
  const records = new Map<ApplyRecord, Uint8Array>();
  const registered: RenderedFile[] = [];
  const store: ApplyStore = {
    load: (record) => Promise.resolve(records.get(record)),
    save: (record, bytes) => Promise.resolve(ok(void records.set(record, bytes))),
    remove: (record) => Promise.resolve(ok(void records.delete(record))),
  };
  const register: RenderedRegister = {
    load: () => Promise.resolve([...registered]),
    save: (files) => Promise.resolve(ok(void registered.splice(0, registered.length, ...files))),
  };
  const host: ApplyHost = {
    clock: systemClock,
    logger: loggerInto(logged),
    run: (command, signal) => {
      ran.push(command.label);
      return run(command, signal);
    },
    store,
    register,
    runDir,
    uid: process.geteuid?.() ?? 0,
  };
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    host,
    ran,
    logged,
    records,
    registered,
    path,
    read: (name) => readFileSync(path(name), 'utf8'),
    write: (name, text) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function loggerInto(logged: string[]): Logger {
  const note = (message: string): void => void logged.push(message);
  return { debug: () => {}, info: () => {}, warn: note, error: note };
}

type Loose<T extends TargetEntry> = Partial<T> & Pick<T, 'name' | 'target'>;

const COMMON = {
  place: { file: 'base/plan.yaml', line: 3 },
  mode: undefined,
  owner: undefined,
  group: undefined,
  check: undefined,
  reload: undefined,
  timeoutMs: 10_000,
  independent: false,
} as const;

/** `source` names a file of the layer `base`. */
export function template(entry: Loose<TemplateEntry> & { readonly file: string }): TemplateEntry {
  const { file, ...rest } = entry;
  return { ...COMMON, format: 'text', source: { layer: 'base', path: file }, ...rest };
}

export function inlineFile(entry: Loose<FileEntry> & { readonly content: string }): FileEntry {
  return { ...COMMON, source: undefined, ...entry };
}

export function assetFile(entry: Loose<FileEntry> & { readonly file: string }): FileEntry {
  const { file, ...rest } = entry;
  return { ...COMMON, content: undefined, source: { layer: 'base', path: file }, ...rest };
}

export function environmentFile(entry: Loose<EnvironmentFileEntry>): EnvironmentFileEntry {
  return { ...COMMON, prefix: '', ...entry };
}

export interface WorkParts {
  readonly templates?: readonly TemplateEntry[];
  readonly files?: readonly FileEntry[];
  readonly environmentFiles?: readonly EnvironmentFileEntry[];
  readonly hosts?: readonly HostEntry[];
  readonly values?: Readonly<Record<string, string>>;
  /** Files of the layer `base`. */
  readonly assets?: Readonly<Record<string, string | Uint8Array>>;
  readonly secrets?: readonly string[];
  readonly signal?: AbortSignal;
}

export function workOf(parts: WorkParts): ApplyWork {
  const plan = {
    templates: parts.templates ?? [],
    files: parts.files ?? [],
    environmentFiles: parts.environmentFiles ?? [],
    hosts: parts.hosts ?? [],
  } as unknown as Plan;
  return {
    plan,
    next: generationOf(2, parts.values ?? {}),
    before: undefined,
    asset: ({ layer, path }) => {
      const content = layer === 'base' ? parts.assets?.[path] : undefined;
      if (content === undefined) return undefined;
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      return { path, object: `s3://b/base/${path}`, sha256: sha256Hex(bytes), bytes };
    },
    isSecret: (key) => parts.secrets?.includes(key) ?? false,
    secretTexts: (parts.secrets ?? []).flatMap((key) => parts.values?.[key] ?? []),
    signal: parts.signal ?? new AbortController().signal,
  };
}

export function guardOf(
  mode: ContentGuard['mode'] = 'enforce',
  allow: readonly AllowEntry[] = [],
): ContentGuard {
  return { mode, judge: (values) => judge({ region: 'eu-west-1', values, allow }) };
}

export interface Applied {
  readonly outcome: Outcome<AppliedTargets>;
  /** `flip`, `flip back`, in the order they were called. */
  readonly flips: readonly string[];
}

/** What the daemon does: stage, check, commit. */
export async function applyTargets(
  bench: TargetBench,
  parts: WorkParts,
  guard = guardOf(),
): Promise<Applied> {
  const flips: string[] = [];
  const staged = await stageTargets(workOf(parts), bench.host, guard);
  if (staged.kind !== 'ok') return { outcome: staged, flips };
  const checked = await staged.value.check();
  if (checked.kind !== 'ok') return { outcome: checked, flips };
  const outcome = await staged.value.commit(
    () => flips.push('flip'),
    () => flips.push('flip back'),
  );
  return { outcome, flips };
}
