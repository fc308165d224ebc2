/**
 * What an event is made of that came with fields. `auto`: a message that is a JSON object as it is, any other behind its name, as
 * in syslog; `message`: the message alone; `json`: an object with the fields.
 */
export type RecordFormat = 'auto' | 'message' | 'syslog' | 'json';
export const RECORD_FORMATS = ['message', 'syslog', 'json'] as const;

/** What came with a text. */
export interface RecordHead {
  /** As syslog has it, `name[pid]: `; may be empty. */
  readonly label: string;
  readonly fields: Readonly<Record<string, string | number | undefined>>;
}

/** The message of an event. A JSON object stays one in every format but `syslog`: Logs Insights finds its fields, and EMF its metrics. */
export function formatRecord(format: RecordFormat, text: string, head: RecordHead): string {
  if (format === 'message') return text;
  if (format === 'syslog') return head.label + text;
  const object = objectIn(text);
  if (format === 'auto') return object === undefined ? head.label + text : text;
  return object === undefined
    ? JSON.stringify({ ...head.fields, message: text })
    : withFields(text, object, head);
}

/** The text itself, its numbers untouched, with those fields ahead that it does not have. */
function withFields(text: string, object: object, { fields }: RecordHead): string {
  const ahead = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && !Object.hasOwn(object, name),
  );
  if (ahead.length === 0) return text;
  const written = JSON.stringify(Object.fromEntries(ahead)).slice(0, -1);
  const rest = text.slice(text.indexOf('{') + 1);
  return Object.keys(object).length === 0 ? `${written}${rest}` : `${written},${rest}`;
}

function objectIn(text: string): object | undefined {
  // Most texts are none, and are not parsed to know it.
  if (!/^\s*\{/.test(text) || !/\}\s*$/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
