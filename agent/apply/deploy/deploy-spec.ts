import { jsonOf } from '#kit/json-text.ts';
import type { Effective } from '#config-service';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';

/** What the properties `landfall.deploy.*` ask for. */
export interface DeploySpec {
  readonly version: string;
  /** A key below the source's prefix, or `s3://bucket/key`. */
  readonly artefact: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Absolute, without a slash at the end. */
  readonly directory: string;
  /** Versions kept, the current one among them. */
  readonly keep: number;
  /** Files of the artefact that keep setuid, setgid and their owner. */
  readonly setuid: readonly string[];
}

const PREFIX = 'landfall.deploy.';
const NAMES = ['version', 'artefact', 'sha256', 'directory', 'keep'] as const;
const DEFAULT_DIRECTORY = '/srv/landfall';
const DEFAULT_KEEP = '3';

/** One name of a folder, which no path can be made of and which is not hidden. */
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;

/** Undefined: nothing is to be deployed. What is wrong is `LF_DEPLOY`, by key and without its value. */
export function readDeploySpec(effective: Effective): Outcome<DeploySpec | undefined> {
  const text = (name: string): string => effective.get(PREFIX + name)?.value.trim() ?? '';
  const version = text('version');
  if (version === '') return ok(undefined);
  const secret = NAMES.find((name) => effective.get(PREFIX + name)?.masked !== undefined);
  if (secret !== undefined) {
    return wrong(secret, 'holds a secret, and would be shown wherever a deployment is', 'Write it as it is.');
  }
  const artefact = text('artefact');
  const sha256 = text('sha256').toLowerCase();
  const directory = (text('directory') || DEFAULT_DIRECTORY).replace(/(?<=.)\/+$/, '');
  const keep = text('keep') || DEFAULT_KEEP;
  if (!VERSION.test(version)) {
    return wrong('version', 'is no name for a folder', 'Use letters, digits, `.`, `_`, `+` and `-`.');
  }
  if (artefact === '') return wrong('artefact', 'has no value', 'Name the key of a tar or tar.gz file.');
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    return wrong('sha256', 'is no SHA-256', 'Write the 64 hex digits that sha256sum prints.');
  }
  if (!isPlainPath(directory)) {
    return wrong('directory', 'is no absolute path of its own', 'Name a folder such as /srv/payroll.');
  }
  if (!/^[1-9]\d?$/.test(keep)) return wrong('keep', 'is no number from 1 to 99', 'Leave it out for 3.');
  const setuid = namesOf(text('setuid'));
  if (!setuid.every((path) => isPlainPath(`/${path}`))) {
    return wrong(
      'setuid',
      'holds something that is no path in the artefact',
      'Write paths such as bin/ping.',
    );
  }
  return ok({ version, artefact, sha256, directory, keep: Number(keep), setuid });
}

/** A list comes as its JSON text; else it is one line with commas. */
function namesOf(text: string): readonly string[] {
  const names = listIn(text) ?? text.split(',');
  return names.map((name) => String(name).trim()).filter((name) => name !== '');
}

function listIn(text: string): readonly unknown[] | undefined {
  const value = jsonOf(text);
  return Array.isArray(value) ? value : undefined;
}

function isPlainPath(path: string): boolean {
  const [root, ...parts] = path.split('/');
  return (
    root === '' && parts.length > 0 && parts.every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

function wrong(name: string, cause: string, hint: string): Outcome<never> {
  const fault: Fault = { code: 'LF_DEPLOY', operation: 'read', subject: PREFIX + name, cause, hint };
  return fail(fault);
}
