import { isoTime } from '#kit/iso-time.ts';
import { formatDuration } from '#kit/duration.ts';
import { gauge, type Family } from '#kit/metric-family.ts';
import type { SecretReport, Secrets } from '../../secrets/secrets.ts';
import { keyOf } from '../../secrets/secret-shelf.ts';

type Reported = Pick<Secrets, 'report' | 'nextReadAt'>;

/** The secrets in use as `landfall status` shows them: names, versions, times and codes. */
export function secretsDocument(secrets: Reported, now: number) {
  const { nextReadAt } = secrets;
  const next = nextReadAt === undefined ? null : isoTime(nextReadAt);
  return {
    nextReadAt: next,
    inUse: secrets
      .report()
      .toSorted(byName)
      .map((secret) => secretDocument(secret, now)),
  };
}

function byName(a: SecretReport, b: SecretReport): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function secretDocument({ service, id, selector, state, version, readAt, fault }: SecretReport, now: number) {
  return {
    service,
    name: id + selector,
    state,
    version: version ?? null,
    readAt: readAt === undefined ? null : isoTime(readAt),
    age: readAt === undefined ? null : formatDuration(Math.max(0, now - readAt)),
    failure: fault ? { code: fault.code, message: fault.cause, hint: fault.hint } : null,
  };
}

const STATES = ['fresh', 'stale', 'absent', 'unusable'] as const;

/** Without names: they would be labels without bound. */
export function secretFamilies(reported: Pick<Reported, 'report'>, now: number): readonly Family[] {
  const secrets = reported.report();
  const times = secrets.flatMap(({ readAt }) => readAt ?? []);
  const oldest = times.length > 0 ? Math.min(...times) : undefined;
  return [
    {
      name: 'landfall_secrets',
      type: 'gauge',
      help: 'Parameters and secrets in use, by state.',
      samples: STATES.map((state) => ({
        labels: { state },
        value: secrets.filter((secret) => secret.state === state).length,
      })),
    },
    gauge(
      'landfall_secrets_oldest_age_seconds',
      'Time since the last good reading of the secret that was read longest ago.',
      oldest === undefined ? undefined : Math.max(0, now - oldest) / 1000,
    ),
  ];
}
