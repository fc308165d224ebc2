import { isoTime } from '#kit/iso-time.ts';
import type { Document, EventLog, Fenced, FencedFile } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { NAMES_LOST, type BootFence } from '../boot/boot-fence.ts';
import type { BootContext } from '../boot/boot-context.ts';

/**
 * What the fence did at boot, and whether values are kept now. Names and digests only. Where a file came from is told by
 * instance, image and account: no answer of the API names another region.
 */
export function fenceDocument({
  fenced,
  memory,
  fault,
}: Pick<BootContext, 'fenced' | 'memory'> & { readonly fault: Fault | undefined }) {
  const { removed, left, namesLost, mode, at, landing, awaited, copies } = fenced;
  const stuck = fault?.problems ?? [];
  const foreign = foreignCount(fenced);
  return {
    state: [
      movedLine(fenced),
      ...(namesLost ? [NAMES_LOST] : []),
      ...heldLines(fault, awaited.length),
      memory.state,
    ].join('; '),
    relocated: foreign > 0,
    at: isoTime(at),
    mode,
    from: originOf(fenced),
    landing: landing ? { from: landing.from, at: isoTime(landing.at) } : null,
    removed: removed.map(fileDocument),
    rendered: removed.filter(({ kind }) => kind === 'rendered').length,
    left: [
      ...left,
      ...stuck.map(({ file: path, message }) => ({ path: path ?? null, kind: 'rendered', reason: message })),
    ],
    awaited: awaited.slice(0, SHOWN),
    copies,
    unshared: memory.unshared(),
    namesLost,
  };
}

/** Most awaited paths that the status lists; the state line says how many there are. */
const SHOWN = 100;

function heldLines(fault: Fault | undefined, awaited: number): readonly string[] {
  return [
    ...(fault ? [`not ready: ${fault.subject} of another region cannot be removed`] : []),
    ...(awaited > 0
      ? [`${filesOf(awaited)} of another region or account not found, looked for when something is mounted`]
      : []),
  ];
}

/** The event `relocated`. */
export function relocationOf(fenced: BootFence, to: string): Document {
  const { mode, at, removed, left, namesLost } = fenced;
  const from = originOf(fenced);
  return { to, from, at: isoTime(at), mode, removed: removed.map(fileDocument), left, namesLost };
}

/** Files of another region, account or partition that were found. */
export function foreignCount({ removed, left }: Fenced): number {
  return [...removed, ...left].filter(({ reason }) => reason === 'foreign').length;
}

function movedLine(fenced: Fenced): string {
  const foreign = foreignCount(fenced);
  if (foreign === 0) return 'nothing foreign found';
  const stuck = fenced.left.filter(({ reason }) => reason === 'foreign').length;
  const unopened = stuck > 0 ? `, ${filesOf(stuck)} left on a folder that takes no writes` : '';
  return `relocated: ${filesOf(foreign - stuck)} of another region or account removed${unopened}`;
}

function filesOf(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}

function fileDocument(file: FencedFile): Document {
  const { path, kind, reason, action, sha256, stamp, files, otherNames } = file;
  return {
    path,
    kind,
    reason,
    action,
    sha256,
    instanceId: stamp?.instanceId ?? null,
    ...(files !== undefined && { files }),
    ...(otherNames !== undefined && { otherNames }),
  };
}

function originOf({ removed }: Fenced): Document | null {
  const stamp = removed.find(({ reason }) => reason === 'foreign')?.stamp;
  if (!stamp) return null;
  const { instanceId, imageId, account } = stamp;
  return { instanceId, imageId, account };
}

/** Once each time that the fence found something. @param to the region of this instance */
export function recordRelocation(fenced: BootFence, to: string, events: EventLog, logger: Logger): void {
  const files = foreignCount(fenced);
  if (files === 0) return;
  events.record('relocated', relocationOf(fenced, to));
  logger.warn('this disk came from another region or account: what it brought was removed', {
    to,
    files,
    mode: fenced.mode,
  });
}
