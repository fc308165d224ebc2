import type { Generation } from '#config-service';
import { counter, countersBy, gauge, type Family } from '#kit/metric-family.ts';
import type { AddressBookStatus } from '../configuration/address-book.ts';
import type { CheckState } from '../configuration/check-state.ts';
import { guardFamilies, type GuardTally } from '../configuration/guard-tally.ts';

export interface OwnMetricsInput {
  readonly version: string;
  readonly region: string;
  readonly now: number;
  readonly generation: Generation | undefined;
  /** The fence, or a leak, keeps the instance from being ready. */
  readonly isHeld?: boolean;
  readonly check: CheckState;
  /** Refused generations by code. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly guardMode: 'enforce' | 'warn' | 'off';
  readonly sighted: GuardTally;
  readonly addresses: AddressBookStatus | undefined;
  readonly relocations: number;
  readonly overrides: number;
  readonly residentBytes: number;
  /** What is kept beside the active generation, by what it is: bytes of the contents, or of the text. */
  readonly heldBytes: Readonly<Record<string, number>>;
}

/** What Landfall says about itself on `GET /metrics`. */
export function ownFamilies(input: OwnMetricsInput): readonly Family[] {
  const { generation, isHeld, check } = input;
  return [
    {
      name: 'landfall_build',
      type: 'info',
      help: 'The running agent.',
      samples: [{ labels: { version: input.version, region: input.region }, value: 1 }],
    },
    gauge('landfall_ready', '1 once an accepted generation is active.', generation && !isHeld ? 1 : 0),
    gauge('landfall_generation', 'Number of the active generation.', generation?.number),
    gauge(
      'landfall_properties',
      'Effective properties of the active generation.',
      generation?.effective.size,
    ),
    gauge(
      'landfall_config_activated_timestamp_seconds',
      'When the active generation was activated.',
      generation && generation.activatedAt / 1000,
    ),
    gauge(
      'landfall_config_age_seconds',
      'Time since the active generation was activated.',
      generation && Math.max(0, input.now - generation.activatedAt) / 1000,
    ),
    gauge(
      'landfall_config_stale',
      '1 while the last check of the source did not succeed.',
      check.stale ? 1 : 0,
    ),
    gauge(
      'landfall_config_check_age_seconds',
      'Time since the last successful check of the source.',
      check.checkedAt === undefined ? undefined : Math.max(0, input.now - check.checkedAt) / 1000,
    ),
    counter('landfall_checks', 'Checks of the source that succeeded.', check.succeeded),
    countersBy('code', 'landfall_check_failures', 'Checks of the source that failed, by code.', check.failed),
    countersBy('code', 'landfall_refusals', 'Generations refused, by code.', input.refusals),
    gauge(
      'landfall_guard_findings',
      'Values and rendered lines of the active generation that name another region.',
      input.sighted.foreign.count,
    ),
    ...guardFamilies(input),
    counter('landfall_relocations', 'Times state of another region was found at boot.', input.relocations),
    gauge('landfall_overrides', 'Runtime overrides in effect.', input.overrides),
    gauge('landfall_resident_memory_bytes', 'Resident memory of the agent.', input.residentBytes),
    {
      name: 'landfall_held_bytes',
      type: 'gauge',
      help: 'Contents that are remembered beside the active generation, by what is made of them.',
      samples: Object.entries(input.heldBytes).map(([what, value]) => ({ labels: { what }, value })),
    },
  ];
}
