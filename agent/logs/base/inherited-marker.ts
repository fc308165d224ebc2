import type { Landing } from '#config-service';
import type { LogEvent } from './log-event.ts';
import { PUT_LIMITS } from './put-limits.ts';

export interface MarkedPlace {
  readonly landing: Landing;
  /** Such as the path of a file. */
  readonly where: string;
  readonly now: number;
}

/**
 * Goes ahead of what another instance left, so that whoever reads the stream knows what it is: as old as the first of that, but never so
 * old that AWS would reject it.
 *
 * @param end position in the source before all of it.
 */
export function inheritedMarker(
  { landing, where, now }: MarkedPlace,
  first: LogEvent,
  end: number,
): LogEvent {
  const { from, to } = landing;
  const message = `landfall: what follows lay in ${where} when this disk came from ${from} to ${to}`;
  const at = Math.max(first.at, now - PUT_LIMITS.pastMs + MARGIN_MS);
  return { at, message, size: Buffer.byteLength(message), end, inherited: 'marker' };
}

const MARGIN_MS = 3_600_000;
