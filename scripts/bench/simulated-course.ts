import { chooses, turnAt } from '../../config-service/release/cohort.ts';
import { sha256Hex } from '../../config-service/release/digest.ts';
import { objectKey, type Release } from '../../config-service/release/manifest.ts';
import { printPointer, type Pointer } from '../../config-service/release/pointer.ts';
import { isoTime } from '#kit/iso-time.ts';
import { LAYERS, REGION, type SimulatedAgent } from './simulated-agent.ts';
import type { SimulatedS3 } from './simulated-s3.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LAUNCH_MS = 5 * MINUTE;
/** `10%:10m,50%:10m,100%`, as docs/releases.md has it. */
const STEPS = [
  { percent: 10, afterMs: 0 },
  { percent: 50, afterMs: 10 * MINUTE },
  { percent: 100, afterMs: 20 * MINUTE },
];
/** Objects of each layer: 4 of an instance, of which a release changes one. */
const FILES_OF = new Map([
  ['base', ['app', 'limits']],
  ['role/web', ['web']],
  ['environment/prod', ['prod']],
]);

/** What happens at one moment of the day. */
export interface Happening {
  /** Milliseconds into the day. */
  readonly at: number;
  readonly what: string;
  readonly happen: (s3: SimulatedS3) => void;
  /** Until minutes are alike; left out, as soon as two are. */
  readonly settlesMs?: number;
}

/** A release, from when instances could have it. */
export interface Wave {
  readonly name: string;
  /** Of the fleet of which launch, by its place in `launches`. */
  readonly launch: number;
  /** Epoch ms from which on this instance is to have that release; undefined: it is not to. */
  dueAt(agent: SimulatedAgent): number | undefined;
  readonly release: string;
}

/** Of all instances, within `launchMs`; those of the launch before are terminated. */
export interface Launch {
  readonly at: number;
}

export interface Outage {
  readonly from: number;
  readonly until: number;
}

export interface Course {
  readonly launchMs: number;
  readonly launches: readonly Launch[];
  readonly outage: Outage;
  /** All of the second launch boot into it. */
  readonly bootOutage: Outage;
  readonly happenings: readonly Happening[];
  readonly waves: readonly Wave[];
}

/** A launch of the region, a rollout, one that is halted, an outage, a publication to all at once, and a launch into an outage. */
export function courseOf(startMs: number, outageMs: number): Course {
  const [first, second, third, fourth] = [1, 2, 3, 4].map(releaseOf);
  if (!first || !second || !third || !fourth) throw new Error('there are four');
  const at = (hour: number, ms = 0): number => startMs + hour * HOUR + ms;
  const outage = { from: 9 * HOUR, until: 9 * HOUR + outageMs };
  const bootOutage = { from: 18 * HOUR, until: 18 * HOUR + outageMs };
  const publish = (hour: number, ms: number, pointer: Pointer, what: string, files?: Version): Happening => ({
    at: hour * HOUR + ms,
    what,
    happen: (s3) => {
      for (const [key, text] of files?.objects ?? []) s3.put(`p/${key}`, text);
      s3.put('p/current.json', printPointer(pointer));
    },
  });
  const rolled = candidate(second.release, at(3));
  const halted = candidate(third.release, at(6));
  const haltedAt = at(6, 12 * MINUTE);
  const halt = { at: isoTime(haltedAt), reason: 'errors at login' };
  return {
    launchMs: LAUNCH_MS,
    launches: [{ at: 0 }, { at: bootOutage.from }],
    outage,
    bootOutage,
    happenings: [
      { ...publish(0, 0, { region: REGION, stable: first.release }, 'launch', first), settlesMs: LAUNCH_MS },
      publish(3, 0, { region: REGION, stable: first.release, candidate: rolled }, 'rollout', second),
      quiet(3 * HOUR + 10 * MINUTE, '50%'),
      quiet(3 * HOUR + 20 * MINUTE, '100%'),
      publish(6, 0, { region: REGION, stable: second.release, candidate: halted }, 'rollout to halt', third),
      quiet(6 * HOUR + 10 * MINUTE, '50% of it'),
      publish(
        6,
        12 * MINUTE,
        { region: REGION, stable: second.release, candidate: { ...halted, halted: halt } },
        'halt',
      ),
      { at: outage.from, what: 'outage', happen: (s3) => void (s3.isAway = true) },
      { at: outage.until, what: 'outage over', happen: (s3) => void (s3.isAway = false) },
      publish(14, 0, { region: REGION, stable: fourth.release }, 'all at once', fourth),
      {
        at: bootOutage.from,
        what: 'outage, and a launch into it',
        happen: (s3) => void (s3.isAway = true),
        // Until the pauses of the last that booted are as long as they get.
        settlesMs: LAUNCH_MS + 6 * MINUTE,
      },
      { at: bootOutage.until, what: 'outage over', happen: (s3) => void (s3.isAway = false) },
    ],
    waves: [
      {
        name: 'rollout',
        launch: 0,
        release: second.release.id,
        dueAt: ({ instanceId }) => turnAt(rolled, instanceId),
      },
      {
        name: 'halt',
        launch: 0,
        release: second.release.id,
        dueAt: ({ instanceId }) =>
          chooses(halted, instanceId, haltedAt) === 'candidate' ? haltedAt : undefined,
      },
      { name: 'all at once', launch: 0, release: fourth.release.id, dueAt: () => at(14) },
      {
        name: 'launch into an outage',
        launch: 1,
        release: fourth.release.id,
        dueAt: () => startMs + bootOutage.until,
      },
    ],
  };
}

/** Nothing but the clock: instances whose turn it is go on by themselves. */
function quiet(at: number, what: string): Happening {
  return { at, what, happen: () => {} };
}

interface Version {
  readonly release: Release;
  readonly objects: readonly (readonly [key: string, text: string])[];
}

function releaseOf(version: number): Version {
  const objects: [string, string][] = [];
  const layers = LAYERS.map(({ name }) => {
    const files = (FILES_OF.get(name) ?? []).map((file) => {
      const text = `${file}.setting=${file === 'prod' ? version : 0}\n`;
      objects.push([objectKey(name, sha256Hex(text)), text]);
      return { path: `${file}.properties`, sha256: sha256Hex(text), size: Buffer.byteLength(text) };
    });
    return [name, files] as const;
  });
  const release = {
    id: `20261121T00000${version}Z-fleetday`,
    createdAt: '2026-11-21T00:00:00Z',
    layers: new Map(layers),
  };
  return { release, objects };
}

function candidate(release: Release, startedAtMs: number): NonNullable<Pointer['candidate']> {
  return { release, salt: release.id, startedAt: isoTime(startedAtMs), steps: STEPS };
}
