import { pastOf, percentAt, type Health, type Pointer } from '#config-service';
import { epochMsOf } from '#kit/iso-time.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { readReports } from '../site/adoption.ts';
import type { ReleaseSite } from '../site/release-site.ts';
import { membersOf, type Member } from './member.ts';

/** Releases before those that the pointer names: who is behind them has been silent for long, or is gone. */
const PAST_RELEASES = 2;

export interface FleetRegion {
  readonly region: string;
  readonly stable: string;
  readonly rollout: FleetRollout | null;
  readonly members: readonly Member[];
  /** Reports that were left unread, for there are too many. */
  readonly unread: number;
}

export interface FleetRollout {
  readonly release: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly steps: readonly { readonly percent: number; readonly afterMs: number }[];
  readonly percent: number;
  /** Why it was halted; null while it goes on. */
  readonly halted: string | null;
  /** Epoch ms of each instance that took it up, ascending. */
  readonly takenAt: readonly number[];
}

/** Reads what the instances of one region reported on its releases: one request for each report. */
export async function readFleetRegion(
  site: ReleaseSite,
  pointer: Pointer,
  now: number,
): Promise<Outcome<FleetRegion>> {
  const { stable, candidate } = pointer;
  const past = pastOf(pointer, now)
    .map(({ release }) => release)
    .slice(0, PAST_RELEASES);
  const releases = new Set([...(candidate ? [candidate.release.id] : []), stable.id, ...past]);
  const reports: Health[] = [];
  let unread = 0;
  for (const release of releases) {
    const read = await readReports(site, release);
    if (read.kind !== 'ok') return read;
    reports.push(...read.value.reports);
    unread += read.value.unread;
  }
  return ok({
    region: site.region,
    stable: stable.id,
    rollout: rolloutOf(pointer, reports, now),
    members: membersOf(site.region, pointer, reports, now),
    unread,
  });
}

function rolloutOf({ candidate }: Pointer, reports: readonly Health[], now: number): FleetRollout | null {
  if (!candidate) return null;
  const { startedAt, steps, halted, release } = candidate;
  const taken = reports.filter((report) => report.ok && report.release === release.id);
  return {
    release: release.id,
    startedAt,
    steps,
    percent: percentAt(candidate, now),
    halted: halted?.reason ?? null,
    takenAt: taken.map(({ at }) => epochMsOf(at)).toSorted((a, b) => a - b),
  };
}
