import { faultOf } from '#kit/errors.ts';
import { reportedError, type RegionReport } from './region-report.ts';

/** Gathers what becomes of one job in one destination while it happens, so that a failure leaves the account of what was done. */
export interface RegionProgress {
  /** For people, on stderr; once for each change. */
  say(text: string): void;
  warn(text: string): void;
  /** A copy that is waited for. @param percent undefined: nobody knows. */
  waiting(id: string, percent: number | undefined): void;
  due(): void;
  found(id: string, isPending: boolean): void;
  created(id: string): void;
  /** EC2 named it and does not know it: it was none. */
  lost(id: string): void;
  wasCreated(id: string): boolean;
  pending(isPending: boolean): void;
  repaired(what: string): void;
  removed(id: string): void;
  /** The copy is named there now, or would be. */
  handedOver(to: string): void;
  kept(id: string, user: string): void;
  failed(error: unknown, operation: string): void;
  report(): RegionReport;
}

/** Where it is shown what happens, as it happens. */
export interface ProgressView {
  readonly tell: (text: string) => void;
  readonly waiting: (id: string, percent: number | undefined) => void;
  readonly settled: () => void;
}

export function createRegionProgress(
  region: string,
  { tell, waiting, settled }: ProgressView,
): RegionProgress {
  const created: string[] = [];
  const repaired: string[] = [];
  const removed: string[] = [];
  const handed: string[] = [];
  const kept: string[] = [];
  const errors: RegionReport['errors'][number][] = [];
  let resource: string | null = null;
  let isDue = false;
  let isPending = false;
  let last = '';
  const say = (text: string): void => {
    if (text === last) return;
    last = text;
    tell(`${region}: ${text}`);
  };
  return {
    say,
    warn: (text) => tell(`${region}: warning: ${text}`),
    waiting,
    due: () => {
      isDue = true;
    },
    found: (id, pending) => {
      resource ??= id;
      isPending ||= pending;
    },
    created: (id) => {
      created.push(id);
      resource = created[0] ?? id;
      isDue = true;
      say(`copied as ${id}`);
    },
    lost: (id) => {
      created.splice(created.indexOf(id), 1);
      resource = created[0] ?? null;
    },
    wasCreated: (id) => created.includes(id),
    pending: (value) => {
      isPending = value;
    },
    repaired: (what) => void repaired.push(what),
    removed: (id) => void removed.push(id),
    handedOver: (to) => void handed.push(to),
    kept: (id, user) => void kept.push(`${id} (${user})`),
    failed: (error, operation) => {
      const fault = faultOf(error, operation, region);
      errors.push(reportedError(fault));
    },
    report: () => {
      settled();
      return {
        region,
        state: errors.length > 0 ? 'failed' : created.length > 0 ? 'created' : isDue ? 'due' : 'in-sync',
        resource,
        created,
        isDue,
        isPending,
        repaired,
        removed,
        handed,
        kept,
        errors,
      };
    },
  };
}
