import { gather, healthPrefix, parseHealth, type Health } from '#config-service';
import { ok, type Outcome } from '#kit/outcome.ts';
import { keyOf, type ReleaseSite } from './release-site.ts';

/** What instances said about a release. */
export interface Adoption {
  readonly ok: number;
  /** Instances that could not activate it, by the code they gave. */
  readonly failed: ReadonlyMap<string, number>;
  /** The first of them by name. */
  readonly failing: readonly Health[];
  /** Reports that were left unread: there were more than `MAX_READ`. */
  readonly unread: number;
}

const MAX_READ = 5000;
const MAX_NAMED = 20;
const PARALLEL_READS = 32;

/** The last word of each instance on a release. One request for each, up to 5,000; `unread` is how many there are beyond. */
export async function readReports(
  site: ReleaseSite,
  releaseId: string,
): Promise<Outcome<{ readonly reports: readonly Health[]; readonly unread: number }>> {
  const keys = await site.store.list(keyOf(site, healthPrefix(releaseId)));
  if (keys.kind !== 'ok') return keys;
  const read = await gather(keys.value.slice(0, MAX_READ), PARALLEL_READS, (key) => site.store.get(key));
  if (read.kind !== 'ok') return read;
  const reports = read.value.flatMap((stored) => (stored && parseHealth(stored.bytes)) ?? []);
  return ok({
    reports: reports.filter(({ release }) => release === releaseId),
    unread: Math.max(0, keys.value.length - MAX_READ),
  });
}

export async function readAdoption(site: ReleaseSite, releaseId: string): Promise<Outcome<Adoption>> {
  const read = await readReports(site, releaseId);
  if (read.kind !== 'ok') return read;
  const { reports, unread } = read.value;
  let good = 0;
  const failed = new Map<string, number>();
  const failing: Health[] = [];
  for (const health of reports) {
    if (health.ok) good += 1;
    else {
      failed.set(health.code ?? 'unknown', (failed.get(health.code ?? 'unknown') ?? 0) + 1);
      if (failing.length < MAX_NAMED) failing.push(health);
    }
  }
  return ok({ ok: good, failed, failing, unread });
}

export function describeAdoption({ ok: good, failed, unread }: Adoption): string {
  const failures = [...failed].map(([code, count]) => `${count} ${code}`);
  const parts = [`${good} ok`, ...failures, ...(unread > 0 ? [`${unread} not read`] : [])];
  return good + failed.size + unread === 0 ? 'no reports' : parts.join(', ');
}
