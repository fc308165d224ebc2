import {
  regionFacts,
  roleOfFile,
  textOfBytes,
  type AllowEntry,
  type LayerFile,
  isForRegion,
} from '#config-service';
import { readPlan } from '#agent/plan/read-plan.ts';
import type { Problem } from '#kit/errors.ts';
import type { ConfigFolder, FolderLayer } from './config-folder.ts';
import type { Readers } from './readers.ts';

export interface ContentJudgement {
  readonly warnings: readonly Problem[];
  /** The allow entries that excused something. */
  readonly used: ReadonlySet<AllowEntry>;
}

/**
 * Scripts, templates and files that name a region and that no plan renders or runs. Something else may read them, so they
 * are pointed at.
 */
export function judgeContent(
  folder: ConfigFolder,
  regions: readonly string[],
  reported: {
    /** Scripts that run are judged with the plan. */
    readonly problems: readonly Problem[];
    /** Files that were judged as they are rendered. */
    readonly judged: ReadonlySet<string>;
  },
  { readSheet, judge }: Readers,
): ContentJudgement {
  const contents = folder.layers.map(({ content }) => content);
  const { allow } = readPlan(contents, readSheet).plan;
  const known = new Set(reported.problems.filter(({ code }) => code === CODE).map(placeOf));
  const used = new Set<AllowEntry>();
  const warnings = folder.layers.flatMap((layer) =>
    layer.content.files
      .filter(({ path }) => path.includes('/') && !reported.judged.has(`${layer.content.name}/${path}`))
      .flatMap((file) => judgeFile(layer, file, regions, allow, { used, judge })),
  );
  return { warnings: warnings.filter((warning) => !known.has(placeOf(warning))), used };
}

const CODE = 'LF_REGION_FOREIGN';

function judgeFile(
  { place, content }: FolderLayer,
  file: LayerFile,
  regions: readonly string[],
  allow: readonly AllowEntry[],
  { used, judge }: { readonly used: Set<AllowEntry> } & Pick<Readers, 'judge'>,
): readonly Problem[] {
  const homes = regions
    .flatMap((region) => regionFacts(region) ?? [])
    .filter((facts) => isForRegion(place, facts));
  const values = linesOf(file);
  const judgements = homes.map(({ region }) => judge({ region, values, allow }));
  for (const { by } of judgements.flatMap(({ allowed }) => allowed)) used.add(by);
  const findings = judgements.flatMap(({ findings: found }) => found);
  const foreign = findings.filter(({ severity }) => severity === 'error' || severity === 'warning');
  const places = new Map(foreign.map((finding) => [`${finding.line} ${finding.region}`, finding]));
  return [...places.values()].map(({ region, line }) => ({
    code: CODE,
    message: `names ${region}, and no plan renders it; an instance elsewhere would refuse it`,
    file: `${content.name}/${file.path}`,
    ...(line === undefined ? {} : { line }),
  }));
}

/** Called by their path within the layer, as the guard on the instance calls them. */
function linesOf({ path, bytes }: LayerFile) {
  const text = textOfBytes(bytes);
  const as = roleOfFile(path, text);
  return text.split('\n').map((value, index) => ({ key: path, value, as, line: index + 1 }));
}

function placeOf({ file, line }: Problem): string {
  return `${file}:${line}`;
}
