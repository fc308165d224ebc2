import type { RolloutStep } from '#config-service';
import { formatDuration } from '#kit/duration.ts';
import { alignColumns, paint, type Style, type Terminal } from '#agent/console/terminal.ts';
import { changesDocument, filesDocument, printChanges } from '../folder/change-table.ts';
import type { RegionPublication } from './publication.ts';
import type { RegionResult, RegionState } from './publication-run.ts';
import { addressOf } from '../site/release-site.ts';

const STYLES: Readonly<Record<RegionState, Style>> = {
  planned: 'cyan',
  standing: 'dim',
  published: 'green',
  'rolling-out': 'green',
  failed: 'red',
  unknown: 'red',
  untouched: 'yellow',
};

/** What will change for the instances of each region, before anything is written. */
export function printPlan(
  publications: readonly RegionPublication[],
  terminal: Pick<Terminal, 'colour' | 'columns'>,
): string {
  return publications
    .map((publication) => {
      const { region, site, changes } = publication;
      const head = `${paint(terminal, 'bold', region)}  ${addressOf(site, 'current.json')}  ${describeMove(publication)}\n`;
      return `${head}${printChanges(changes, terminal)}\n`;
    })
    .join('');
}

/** One line a region: what stands where. */
export function printResults(
  publications: readonly RegionPublication[],
  results: readonly RegionResult[],
  terminal: Pick<Terminal, 'colour' | 'columns'>,
): string {
  const table = alignColumns(
    publications.map((publication) => {
      const result = resultOf(publication, results);
      return [
        publication.region,
        paint(terminal, STYLES[result.state], result.state),
        releaseAfter(publication, result.state),
        result.state === 'planned'
          ? ''
          : `objects: ${result.written} written, ${result.present} there already`,
      ];
    }),
    terminal.columns,
  );
  const keys = [...new Set(publications.flatMap(({ trustedKey }) => trustedKey ?? []))];
  return (
    table + keys.map((key) => `signed: instances that trust it have LANDFALL_TRUSTED_KEYS=${key}\n`).join('')
  );
}

export function publicationDocument(
  publications: readonly RegionPublication[],
  results: readonly RegionResult[],
  dryRun: boolean,
): string {
  const regions = publications.map((publication) => {
    const { region, site, changes, held, trustedKey, draft, unvouched } = publication;
    const { state, written, present, fault } = resultOf(publication, results);
    return {
      region,
      pointer: addressOf(site, 'current.json'),
      state,
      release: state === 'unknown' ? null : releaseAfter(publication, state) || null,
      previous: held?.pointer.stable.id ?? null,
      trustedKey: trustedKey ?? null,
      vouchedObjects: draft.objects?.size ?? 0,
      unvouched: unvouched.map(({ message }) => message),
      objects: { written, present },
      changes: changesDocument(changes),
      files: filesDocument(changes),
      ...(fault ? { error: fault } : {}),
    };
  });
  return `${JSON.stringify({ release: publications[0]?.release.id ?? null, dryRun, regions }, null, 2)}\n`;
}

function describeMove({ plan, held, broken, release }: RegionPublication): string {
  if (plan.kind === 'stands') return `runs ${plan.release.id} already`;
  const replaced = plan.replaced === undefined ? '' : `, ends the rollout of ${plan.replaced.id}`;
  if (broken) return `${release.id}, in the place of a pointer that nobody can read`;
  if (held === undefined) return `first release: ${release.id}`;
  const { candidate, stable } = plan.next;
  const isSame =
    stable.id === held.pointer.stable.id && candidate?.release.id === held.pointer.candidate?.release.id;
  if (isSame && candidate === undefined) return `runs ${stable.id} already; its pointer is signed anew`;
  if (candidate === undefined) return `${held.pointer.stable.id} -> ${stable.id}${replaced}`;
  return `${stable.id} -> ${candidate.release.id}, ${describeSteps(candidate.steps)} of the instances${replaced}`;
}

/** `10% for 10m, 50% for 10m, then 100%`. */
function describeSteps(steps: readonly RolloutStep[]): string {
  return steps
    .map(({ percent, afterMs }, index) => {
      const next = steps[index + 1];
      return next ? `${percent}% for ${formatDuration(next.afterMs - afterMs)}` : `then ${percent}%`;
    })
    .join(', ');
}

/** The release the region was published, as far as it got; the one it keeps where nothing was moved. */
function releaseAfter({ plan, held }: RegionPublication, state: RegionState): string {
  if (plan.kind === 'stands') return plan.release.id;
  if (state === 'failed' || state === 'untouched') return held?.pointer.stable.id ?? '';
  const next = (plan.next.candidate?.release ?? plan.next.stable).id;
  return state === 'unknown' ? `${held?.pointer.stable.id ?? 'none'} or ${next}` : next;
}

function resultOf({ region }: RegionPublication, results: readonly RegionResult[]): RegionResult {
  const result = results.find((candidate) => candidate.region === region);
  return result ?? { region, state: 'untouched', written: 0, present: 0 };
}
