import type { AgentEvent, AppliedChange } from './documents.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

/** An event in one sentence. What it is about stands in `detail`, line by line. */
export interface EventLine {
  readonly tone: Tone;
  readonly says: string;
  readonly detail: readonly string[];
}

/** Fields of events are texts, numbers and lists of them; whatever else comes is shown as JSON. */
export function eventLine({ kind, data }: AgentEvent): EventLine {
  const text = (name: string): string => wordOf(data[name]);
  const list = (name: string): readonly unknown[] => {
    const value = data[name];
    return Array.isArray(value) ? value : [];
  };
  const release =
    data['release'] === null || data['release'] === undefined ? '' : `, release ${text('release')}`;
  switch (kind) {
    case 'generation': {
      const keys = list('keys');
      const says = `Generation ${text('number')} is active${release}: ${count(keys.length, 'value')} changed`;
      return { tone: 'good', says, detail: keys.map(wordOf) };
    }
    case 'refused':
      return {
        tone: 'bad',
        says: `Generation ${text('number')}${release} was refused: ${text('code')}`,
        detail: [],
      };
    case 'source':
      return sourceLine(text('state'), text('code'), release, text('layer'));
    case 'relocated': {
      const removed = list('removed');
      const says = `This disk came from elsewhere: ${count(removed.length, 'file')} dealt with before anything started`;
      return {
        tone: 'warn',
        says,
        detail: removed.map((file) => wordOf((file as { path?: unknown } | null)?.path)),
      };
    }
    case 'applied': {
      const changes = appliedChanges(data);
      return {
        tone: 'plain',
        says: `${count(changes.length, 'change')} on this host`,
        detail: changes.map(changeLine),
      };
    }
    case 'override':
      return {
        tone: 'warn',
        says: `Override ${text('action')}: ${text('key')}`,
        detail: data['reason'] === undefined ? [] : [text('reason')],
      };
    case 'leak': {
      const tone = data['action'] === 'ended' ? 'good' : 'bad';
      const who = data['process'] ?? data['host'] ?? 'something';
      return {
        tone,
        says: `Leak ${text('action')}: ${wordOf(who)} leads to ${text('region')}`,
        detail: list('to').map(wordOf),
      };
    }
    case 'termination':
      return terminationLine(text, data);
    default: {
      const { at: _, ...rest } = data;
      const named = Object.entries(rest).map(([name, value]) => `${name} ${wordOf(value)}`);
      return { tone: 'plain', says: `${kind}: ${named.slice(0, 3).join(', ')}`, detail: named };
    }
  }
}

/** @param text a field of the event in words */
function terminationLine(text: (name: string) => string, data: AgentEvent['data']): EventLine {
  const { at, ...rest } = data;
  const detail = Object.entries(rest).map(([name, value]) => `${name} ${wordOf(value)}`);
  const what = `${text('action')} (${text('source')})`;
  const outcome = text('outcome');
  const failed = outcome === 'failed' || outcome === 'late' ? 'bad' : 'plain';
  switch (text('phase')) {
    case 'notice':
      // Of a notice it is the time of what is announced.
      return { tone: 'warn', says: `Announced: ${what}`, detail: [`at ${at}`, ...detail] };
    case 'notice-hooks':
      return { tone: failed, says: `Hooks for the notice ${what}: ${outcome}`, detail: [] };
    case 'leaving':
      return { tone: 'warn', says: `Leaving: ${what}`, detail };
    case 'step':
      return { tone: failed, says: `Leaving, ${text('step')}: ${outcome}`, detail: [] };
    case 'left':
      return { tone: 'warn', says: `Left: ${what}`, detail: [] };
    case 'launch':
      return { tone: 'good', says: `Launch told to ${text('told')}: ${text('result')}`, detail };
    default:
      return { tone: 'warn', says: `termination: ${detail.slice(0, 3).join(', ')}`, detail };
  }
}

function sourceLine(state: string, code: string, release: string, layer: string): EventLine {
  const what = layer === '' ? 'The source' : `The store of ${layer}`;
  if (state === 'fresh') return { tone: 'good', says: `${what} answers again`, detail: [] };
  if (state === 'stale') return { tone: 'warn', says: `${what} cannot be followed: ${code}`, detail: [] };
  return { tone: 'bad', says: `A candidate${release} was refused: ${code}`, detail: [] };
}

export function appliedChanges(data: AgentEvent['data']): readonly AppliedChange[] {
  const { changes } = data;
  return Array.isArray(changes) ? changes.filter((one) => typeof one === 'object' && one !== null) : [];
}

export interface DatedChange extends AppliedChange {
  readonly at: string;
}

const SERVICES = /^(?:deploy$|services\.)/;
/** The claims of the status say it better. */
const CLAIMS = /^claims\./;

/** The last change of each entry and subject, by entry. @param events newest first */
export function latestChanges(events: readonly AgentEvent[]): {
  readonly services: readonly DatedChange[];
  readonly others: readonly DatedChange[];
} {
  const changes = events
    .filter(({ kind }) => kind === 'applied')
    .flatMap(({ data }) => appliedChanges(data).map((change) => ({ ...change, at: data.at })));
  const latest = new Map(changes.toReversed().map((change) => [`${change.entry} ${change.subject}`, change]));
  const sorted = [...latest.values()].toSorted((a, b) => (wordOf(a.entry) < wordOf(b.entry) ? -1 : 1));
  return {
    services: sorted.filter(({ entry }) => SERVICES.test(wordOf(entry))),
    others: sorted.filter(({ entry }) => !SERVICES.test(wordOf(entry)) && !CLAIMS.test(wordOf(entry))),
  };
}

export function changeLine({ entry, subject, action, reason }: AppliedChange): string {
  const because = reason === undefined ? '' : ` (${wordOf(reason)})`;
  return `${wordOf(action)} ${wordOf(subject)}: ${wordOf(entry)}${because}`;
}

function wordOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

export function count(number: number, of: string): string {
  return `${number.toLocaleString('en')} ${of}${number === 1 ? '' : 's'}`;
}
