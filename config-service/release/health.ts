import { isRecord } from '../kit/is-record.ts';
import { jsonOfBytes } from '../kit/json-text.ts';
import { isIsoTime } from '../kit/iso-time.ts';

/** What became of a release on one instance. Names and codes, never a value. */
export interface Health {
  readonly release: string;
  readonly ok: boolean;
  /** Why it was not activated, an `LF_` code; null when it was. */
  readonly code: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly instanceId: string;
  readonly role: string | null;
  readonly environment: string | null;
  /** Where it runs; null from agents that did not say. */
  readonly zone: string | null;
  /** The disk came from another region or account: the fence removed something at this boot. */
  readonly relocated: boolean;
}

/** All reports on a release lie below this. */
export function healthPrefix(releaseId: string): string {
  return `health/${releaseId}/`;
}

/** One object for an instance and release, so that a later word replaces the earlier one. */
export function healthKey({ release, instanceId }: Pick<Health, 'release' | 'instanceId'>): string {
  return `${healthPrefix(release)}${instanceId}.json`;
}

export function printHealth(health: Health): string {
  const { release, ok, code, at, instanceId, role, environment, zone, relocated } = health;
  return `${JSON.stringify({ release, ok, code, at, instanceId, role, environment, zone, relocated })}\n`;
}

/** Undefined for what is no report: anybody who may write there may write anything. */
export function parseHealth(bytes: Uint8Array): Health | undefined {
  const document = jsonOfBytes(bytes);
  if (!isRecord(document)) return undefined;
  const { release, ok, code, at, instanceId, role = null, environment = null, zone = null } = document;
  if (typeof release !== 'string' || typeof ok !== 'boolean' || typeof instanceId !== 'string')
    return undefined;
  if (typeof at !== 'string' || !isIsoTime(at)) return undefined;
  if (!isText(code) || !isText(role) || !isText(environment) || !isText(zone)) return undefined;
  const relocated = document['relocated'] === true;
  return { release, ok, code, at, instanceId, role, environment, zone, relocated };
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
