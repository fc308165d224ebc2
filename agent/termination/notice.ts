import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';

/** What the metadata service says about the end of this instance. Pure: text in, notices out. */
export interface Notice {
  readonly source: 'spot' | 'rebalance' | 'autoscaling' | 'maintenance';
  /** Spot: `terminate`, `stop`, `hibernate`; Auto Scaling: the target state; maintenance: its code; rebalance: `recommended`. */
  readonly action: string;
  /** When it happens, or for maintenance begins; for rebalance when it was noticed. ISO 8601, as far as it could be read. */
  readonly at?: string;
  /** Identifier of a maintenance event; other notices have none. */
  readonly id?: string;
  /** State of a maintenance event: `active`, `completed` or `canceled`. */
  readonly state?: string;
}

/** An item of the metadata service, and what its text says; undefined when that is not what AWS writes there. */
export interface Item {
  readonly path: string;
  read(text: string): readonly Notice[] | undefined;
}

/** EC2 User Guide, "Instance metadata categories"; Auto Scaling User Guide, "Retrieve the target lifecycle state". */
export const ITEMS: readonly Item[] = [
  { path: 'latest/meta-data/spot/instance-action', read: spotNotices },
  { path: 'latest/meta-data/events/recommendations/rebalance', read: rebalanceNotices },
  { path: 'latest/meta-data/autoscaling/target-lifecycle-state', read: autoScalingNotices },
  { path: 'latest/meta-data/events/maintenance/scheduled', read: maintenanceNotices },
];

export const TARGET_STATE_PATH = 'latest/meta-data/autoscaling/target-lifecycle-state';

/** An unreadable time does not make the notice itself untrue. */
function spotNotices(text: string): readonly Notice[] | undefined {
  const document = objectIn(text);
  const action = document?.['action'];
  if (typeof action !== 'string' || !WORD.test(action)) return undefined;
  return [{ source: 'spot', action, ...timed(isoTime(document?.['time'])) }];
}

function rebalanceNotices(text: string): readonly Notice[] | undefined {
  const document = objectIn(text);
  if (!document) return undefined;
  return [{ source: 'rebalance', action: 'recommended', ...timed(isoTime(document['noticeTime'])) }];
}

function autoScalingNotices(text: string): readonly Notice[] | undefined {
  const action = text.trim();
  return WORD.test(action) ? [{ source: 'autoscaling', action }] : undefined;
}

function maintenanceNotices(text: string): readonly Notice[] | undefined {
  const list = text.trim() === '' ? [] : jsonOf(text);
  if (!Array.isArray(list)) return undefined;
  const notices = list.slice(0, MOST_EVENTS).map(maintenanceNotice);
  return notices.every((notice) => notice !== undefined) ? notices : undefined;
}

function maintenanceNotice(event: unknown): Notice | undefined {
  const { Code, EventId, State, NotBefore } = (event ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof Code !== 'string' || !WORD.test(Code)) return undefined;
  return {
    source: 'maintenance',
    action: Code,
    ...timed(gmtTime(NotBefore)),
    ...(typeof EventId === 'string' ? { id: EventId.slice(0, MOST_CHARS) } : {}),
    ...(typeof State === 'string' ? { state: State.slice(0, MOST_CHARS) } : {}),
  };
}

/** All words that AWS uses here look so; a portal's page does not. */
const WORD = /^[A-Za-z][A-Za-z:-]{0,63}$/;
const MOST_EVENTS = 50;
const MOST_CHARS = 100;

function timed(at: string | undefined): Pick<Notice, 'at'> {
  return at === undefined ? {} : { at };
}

function isoTime(value: unknown): string | undefined {
  const isIso = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value);
  return isIso && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `21 Jan 2019 09:00:43 GMT`, the form of maintenance events and of nothing else. */
function gmtTime(value: unknown): string | undefined {
  const match = /^(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) GMT$/.exec(String(value));
  const month = MONTHS.indexOf(match?.[2] ?? '') + 1;
  if (!match || month === 0) return undefined;
  const [, day = '', , year = '', time = ''] = match;
  return isoTime(`${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}T${time}Z`);
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = jsonOf(text);
  return isRecord(value) ? value : undefined;
}
