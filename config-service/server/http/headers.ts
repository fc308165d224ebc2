import type { OutgoingHttpHeader } from 'node:http';

/** Values may be secret and change at any time; and nobody may guess a script out of one. */
export const ALWAYS: readonly string[] = ['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];

export const JSON_TYPE = 'application/json; charset=utf-8';
export const TEXT_TYPE = 'text/plain; charset=utf-8';

/** A flat list of names and values, for a body that is sent in one piece. */
export function headersFor(
  type: string,
  body: string | Buffer,
  more: readonly string[] = [],
): OutgoingHttpHeader[] {
  return ['Content-Type', type, 'Content-Length', String(Buffer.byteLength(body)), ...ALWAYS, ...more];
}
