import { sha256Hex } from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { InitEntry } from '../../plan/plan.ts';
import type { RenderedFile } from '../apply-store.ts';
import type { ApplyWork } from '../apply-work.ts';
import { readInitConfig, type InitConfig } from './config.ts';
import { unfoldConfigSets } from './config-sets.ts';
import { readInitDocument, type InitDocument } from './document.ts';
import { readExtensions } from './extensions.ts';
import { createReport, type Report } from './fields.ts';
import { renderContent, type FileEntry } from './file-entry.ts';
import { INIT_LIMITS } from './limits.ts';
import { absentObject, initFault, type FetchObject } from './task.ts';

/** A document whose configs are read and whose files are here. */
export interface PreparedDocument {
  readonly entry: InitEntry;
  /** Of the document and of all that it renders from: once it ended well it is left alone until this is another. */
  readonly digest: string;
  /** In the order they run. */
  readonly configs: readonly InitConfig[];
}

/** Reads all documents of the plan and fetches what their files hold: whatever can be wrong is so before anything runs. */
export async function prepare(
  work: ApplyWork,
  fetch: FetchObject,
): Promise<Outcome<readonly PreparedDocument[]>> {
  const prepared: PreparedDocument[] = [];
  const budget = { bytes: INIT_LIMITS.fetchedBytes };
  for (const entry of work.plan.init) {
    const read = readEntry(work, entry);
    if (read.kind !== 'ok') return read;
    const configs: InitConfig[] = [];
    for (const config of read.value) {
      const whole = await withFiles(config, { entry, work, fetch, budget });
      if (whole.kind !== 'ok') return whole;
      configs.push(whole.value);
    }
    prepared.push({ entry, configs, digest: digestOf(work, entry, configs) });
  }
  return ok(prepared);
}

function digestOf(work: ApplyWork, entry: InitEntry, configs: readonly InitConfig[]): string {
  const contents = configs.flatMap(({ files }) =>
    files.map(({ path, content }) => [path, content.kind === 'bytes' ? sha256Hex(content.bytes) : '']),
  );
  const { document, extensions, packages, configSets, setuid } = entry;
  const { region } = work.next.facts;
  const digests = packages ?? (extensions ?? [document]).map((one) => work.asset(one)?.sha256).join(' ');
  return sha256Hex(JSON.stringify([digests, configSets, setuid, region, contents]));
}

/** What the register has to hold before any of them is written. */
export function renderedFiles(documents: readonly PreparedDocument[]): readonly RenderedFile[] {
  return documents
    .flatMap(({ configs }) => configs.flatMap(({ files }) => files))
    .flatMap(({ path, content }): readonly RenderedFile[] => {
      if (content.kind === 'link') return [{ path, sha256: sha256Hex(content.target), kind: 'link' }];
      return content.kind === 'bytes' ? [{ path, sha256: sha256Hex(content.bytes) }] : [];
    });
}

function readEntry(work: ApplyWork, entry: InitEntry): Outcome<readonly InitConfig[]> {
  const name = `${entry.document.layer}/${entry.document.path}`;
  const { report, problems } = createReport(name);
  const document = documentOf(work, entry, report);
  const times = new Map<string, number>();
  const configs = (document ? unfoldConfigSets(document, wantedSets(entry), report) : []).flatMap(
    (config) => {
      const time = (times.get(config) ?? 0) + 1;
      times.set(config, time);
      const value = document?.configs.get(config);
      if (value === undefined) return [];
      const occurrence = time === 1 ? config : `${config}#${time}`;
      return readInitConfig({ name: occurrence, value, region: work.next.facts.region }, report) ?? [];
    },
  );
  const [first] = problems;
  if (first === undefined) return ok(configs);
  return fail({
    code: problems.every(({ code }) => code === 'LF_INIT_UNSUPPORTED')
      ? 'LF_INIT_UNSUPPORTED'
      : 'LF_INIT_INVALID',
    operation: 'read',
    subject: `init.${entry.name}`,
    cause: problems.length === 1 ? first.message : `${problems.length} things are wrong with it`,
    hint: 'docs/init.md says what a document may hold. Nothing of it was run.',
    problems,
  });
}

/** A file, the files of a folder, or the packages of the plan. */
function documentOf(work: ApplyWork, entry: InitEntry, report: Report): InitDocument | undefined {
  const { document, extensions, packages } = entry;
  if (packages !== undefined) return { configSets: undefined, configs: new Map([['config', { packages }]]) };
  if (extensions)
    return readExtensions(
      extensions.flatMap((one) => work.asset(one) ?? []),
      report,
    );
  const asset = work.asset(document);
  if (asset !== undefined) return readInitDocument(asset.bytes, report);
  report(`${document.layer}/${document.path}`, 'the layer has no such file');
  return undefined;
}

function wantedSets({ configSets }: InitEntry): readonly string[] {
  return configSets.length === 0 ? ['default'] : configSets;
}

interface Fetching {
  readonly entry: InitEntry;
  readonly work: ApplyWork;
  readonly fetch: FetchObject;
  /** Bytes that may still be fetched in this run. */
  readonly budget: { bytes: number };
}

async function withFiles(config: InitConfig, fetching: Fetching): Promise<Outcome<InitConfig>> {
  const files: FileEntry[] = [];
  for (const file of config.files) {
    const whole = await withContent(config.name, file, fetching);
    if (whole.kind !== 'ok') return whole;
    files.push(whole.value);
  }
  return ok({ ...config, files });
}

async function withContent(
  config: string,
  file: FileEntry,
  { entry, work, fetch, budget }: Fetching,
): Promise<Outcome<FileEntry>> {
  const { content } = file;
  if (content.kind !== 'object') return ok(file);
  const place = `init.${entry.name} ${config}/files/${file.path}`;
  const maxBytes = Math.min(INIT_LIMITS.contentBytes, budget.bytes);
  const got = await fetch(content.url, { maxBytes, signal: work.signal });
  if (got.kind !== 'ok') return got;
  if (got.value.kind !== 'found') {
    return absentObject(place, content.url, work.before === undefined);
  }
  const { bytes } = got.value;
  budget.bytes -= bytes.byteLength;
  if (content.context === undefined) return ok({ ...file, content: { kind: 'bytes', bytes } });
  const { report, problems } = createReport(place);
  const rendered = renderContent(new TextDecoder().decode(bytes), content.context, 'source', report);
  if (rendered) return ok({ ...file, content: { kind: 'bytes', bytes: rendered } });
  const cause = problems.map(({ message }) => message).join('; ');
  return initFault(place, cause, 'Correct the template, or its context in the document.');
}
