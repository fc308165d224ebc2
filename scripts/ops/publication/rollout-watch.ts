import { epochMsOf } from '#kit/iso-time.ts';
import { percentAt, type Pointer, type ReleaseCandidate } from '#config-service';
import { oneLine, paint } from '#agent/console/terminal.ts';
import { LandfallError, type Fault } from '#kit/errors.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { OpsContext } from '../console/context.ts';
import { valueOf } from '../console/options.ts';
import { describeAdoption, readAdoption, type Adoption } from '../site/adoption.ts';
import { addressOf, readPointer, type ReleaseSite } from '../site/release-site.ts';
import { openPublished } from '../site/site-options.ts';
import type { SiteFlags } from '../site/open-site.ts';
import { readAlarmStates } from './alarm-states.ts';
import { alarmsIn, reasonToHalt, type AlarmState, type HaltRule } from './halt-rule.ts';
import { haltSite } from './rollout-halt.ts';

export interface WatchOptions {
  /** Left out: it is only looked at. */
  readonly rule?: HaltRule;
  readonly pollMs: number;
  /** After the last step has begun: for the instances that come with it. */
  readonly settleMs: number;
  /** One look, for a schedule that comes again. */
  readonly once: boolean;
  readonly say: (text: string) => void;
}

export type WatchedState = 'growing' | 'complete' | 'halted' | 'none' | 'replaced';

export interface WatchedRegion {
  readonly region: string;
  readonly state: WatchedState;
  readonly release: string | null;
  readonly percent: number;
  readonly adoption: Adoption | undefined;
  /** Why it was halted. */
  readonly reason?: string;
}

/**
 * Follows the rollouts of some regions until all are over, and stops all of them when too many instances of one could not take
 * the release, or an alarm tells of trouble: it is the same there. A region that does not answer for a while is asked again.
 * @throws LandfallError.
 */
export async function watchRollouts(
  regions: readonly string[],
  flags: SiteFlags,
  options: WatchOptions,
  context: OpsContext,
): Promise<readonly WatchedRegion[]> {
  const watched: Watched[] = [];
  for (const region of regions) {
    const { site, held } = await openPublished({ ...flags, region }, context);
    watched.push({ site, candidate: held.pointer.candidate, said: '' });
  }
  for (;;) {
    const seen: WatchedRegion[] = [];
    for (const one of watched) seen.push(await look(one, options, context));
    const reason = seen.find((one) => one.state === 'growing' && one.reason !== undefined)?.reason;
    if (reason !== undefined) return haltAll(seen, reason, flags, options, context);
    if (options.once || seen.every(({ state }) => state !== 'growing')) return seen;
    // Halted in one region by hand: that is meant for whoever waits here, too.
    if (seen.some(({ state }) => state === 'halted')) return seen;
    await context.clock.sleep(options.pollMs, context.stop).catch(() => {});
    if (context.stop.aborted) throw new LandfallError(interrupted(regions));
  }
}

interface Watched {
  readonly site: ReleaseSite;
  /** As it was when watching began. */
  readonly candidate: ReleaseCandidate | undefined;
  /** The last line about it. */
  said: string;
}

async function look(watched: Watched, options: WatchOptions, context: OpsContext): Promise<WatchedRegion> {
  const { site, candidate } = watched;
  const { region } = site;
  const nothing = { region, release: null, percent: 0, adoption: undefined };
  if (candidate === undefined) return { ...nothing, state: 'none' };
  const release = candidate.release.id;
  const read = await passing(readWhole(site, release), watched, options);
  if (read === undefined) return { ...nothing, release, state: 'growing' };
  const { pointer, adoption } = read;
  // Before its state is told: what nobody could look at is no news.
  const named = options.rule === undefined ? [] : alarmsIn(options.rule, region);
  const alarms = await passing(readAlarmStates(named, region, context), watched, options);
  const now = context.clock.now() + (site.store.skewMs ?? 0);
  const state = stateOf(pointer, candidate, now, options.settleMs);
  const percent = state === 'replaced' ? 0 : percentAt(pointer.candidate ?? candidate, now);
  const halt =
    options.rule && state === 'growing'
      ? reasonToHalt(options.rule, adoption, alarms ?? NO_ALARMS)
      : undefined;
  const halted = state === 'halted' ? pointer.candidate?.halted?.reason : undefined;
  const reason = halt ?? halted;
  const line = `${paint(context, 'bold', region)}  ${release}  ${state}, ${percent}%  ${describeAdoption(adoption)}`;
  if (line !== watched.said) options.say(`${line}\n`);
  watched.said = line;
  return { region, state, release, percent, adoption, ...(reason === undefined ? {} : { reason }) };
}

const NO_ALARMS: ReadonlyMap<string, AlarmState | undefined> = new Map();

async function readWhole(
  site: ReleaseSite,
  release: string,
): Promise<Outcome<{ readonly pointer: Pointer; readonly adoption: Adoption }>> {
  const held = await readPointer(site);
  if (held.kind !== 'ok') return held;
  if (held.value === undefined) return { kind: 'fail', fault: gone(site) };
  const adoption = await readAdoption(site, release);
  return adoption.kind === 'ok' ? ok({ pointer: held.value.pointer, adoption: adoption.value }) : adoption;
}

/** What passes is looked at again with the next round, and said once. */
async function passing<T>(
  reading: Promise<Outcome<T>>,
  watched: Watched,
  { once, say }: WatchOptions,
): Promise<T | undefined> {
  const read = await reading;
  if (read.kind !== 'retry' || once) return valueOf(read);
  const line = `${watched.site.region}  ${oneLine(read.fault.cause)} [${read.fault.code}]; asked again`;
  if (line !== watched.said) say(`${line}\n`);
  watched.said = line;
  return undefined;
}

function stateOf(pointer: Pointer, watched: ReleaseCandidate, now: number, settleMs: number): WatchedState {
  const { candidate, stable } = pointer;
  if (candidate?.release.id !== watched.release.id)
    return stable.id === watched.release.id ? 'complete' : 'replaced';
  if (candidate.halted) return 'halted';
  const last = epochMsOf(candidate.startedAt) + (candidate.steps.at(-1)?.afterMs ?? 0);
  return now >= last + settleMs ? 'complete' : 'growing';
}

/** One that cannot be halted does not keep the others. */
async function haltAll(
  seen: readonly WatchedRegion[],
  reason: string,
  flags: SiteFlags,
  { say }: WatchOptions,
  context: OpsContext,
): Promise<readonly WatchedRegion[]> {
  const results: WatchedRegion[] = [];
  const failures: LandfallError[] = [];
  for (const one of seen) {
    const { region, release } = one;
    try {
      if (one.state !== 'growing' && one.state !== 'complete') results.push(one);
      else {
        // Read anew: it may have been moved since it was looked at.
        const opened = await openPublished({ ...flags, region }, context);
        if (opened.held.pointer.candidate?.release.id !== release) results.push(one);
        else {
          valueOf(await haltSite(opened, reason, context));
          results.push({ ...one, state: 'halted', reason });
          say(`${paint(context, 'red', 'halted')}: ${release} in ${region}: ${reason}\n`);
        }
      }
    } catch (error) {
      if (!(error instanceof LandfallError)) throw error;
      failures.push(error);
      say(`${paint(context, 'red', 'not halted')}: ${release} in ${region}: ${error.message}\n`);
    }
  }
  const [failure] = failures;
  if (failure) throw failure;
  return results;
}

/** The failure with which a command ends whose rollout was halted; undefined when none was. */
export function haltedFault(watched: readonly WatchedRegion[]): Fault | undefined {
  const halted = watched.find(({ state }) => state === 'halted');
  if (halted === undefined) return undefined;
  return {
    code: 'LF_RELEASE_HALTED',
    operation: 'roll out',
    subject: halted.release ?? '',
    cause: `it was halted in ${halted.region}${halted.reason === undefined ? '' : `: ${oneLine(halted.reason)}`}`,
    hint: 'Its instances are back on the stable release. Publish what mends it.',
  };
}

function interrupted(regions: readonly string[]): Fault {
  return {
    code: 'LF_INTERRUPTED',
    operation: 'follow the rollout in',
    subject: regions.join(', '),
    cause: 'the command was stopped; the rollout goes on by the clock, and nobody halts it',
    hint: 'Run `landfall-ops follow` to look after it again, or `landfall-ops halt`.',
  };
}

function gone(site: ReleaseSite): Fault {
  return {
    code: 'LF_SOURCE_EMPTY',
    operation: 'read',
    subject: addressOf(site, 'current.json'),
    cause: 'it was there, and is gone',
    hint: 'Find out who removed it, and publish again.',
  };
}
