import { fail, ok, type Fail, type Outcome } from '../kit/outcome.ts';
import type { Facts } from '../layers/facts.ts';

/** Where the `source` setting points to for one instance. */
export type SourceAddress =
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Without a slash at either end; may be empty. */
      readonly prefix: string;
    }
  | { readonly kind: 'directory'; /** Absolute. */ readonly path: string };

const PLACEHOLDERS = ['region', 'account', 'partition', 'environment', 'role'] as const;

/**
 * Reads `s3://bucket/prefix`, `file:///path` or `/path` and fills `{region} {account} {partition} {environment} {role}`
 * from the facts of this instance. Everything that is wrong with it is `LF_SETTINGS`.
 */
export function parseSourceAddress(setting: string, facts: Facts): Outcome<SourceAddress> {
  const text = setting.trim();
  if (text === '') return invalid(setting, 'it is empty', EXAMPLE);
  if (text.startsWith('s3://')) {
    const filled = fillPlaceholders(text, facts);
    return filled.kind === 'ok' ? parseS3(setting, filled.value.slice('s3://'.length)) : filled;
  }
  // Decoded before it is filled: the percent signs of a tag are only percent signs.
  const path = text.startsWith('file://') ? decodePath(text) : ok(text);
  if (path.kind !== 'ok') return path;
  if (!path.value.startsWith('/'))
    return invalid(setting, 'it is neither an S3 address nor an absolute path', EXAMPLE);
  const filled = fillPlaceholders(path.value, facts);
  return filled.kind === 'ok' ? ok({ kind: 'directory', path: filled.value }) : filled;
}

const EXAMPLE = 'Set `source` to something like s3://payroll-config-{region}/landfall.';

function fillPlaceholders(text: string, facts: Facts): Outcome<string> {
  let fault: Fail | undefined;
  const filled = text.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
    const placeholder = PLACEHOLDERS.find((known) => known === name);
    const value = placeholder && facts[placeholder];
    if (placeholder === undefined) {
      fault ??= invalid(
        text,
        `it has the unknown placeholder ${whole}`,
        `Known are {${PLACEHOLDERS.join('} {')}}.`,
      );
    } else if (value === undefined) {
      fault ??= invalid(
        text,
        `this instance has no tag for ${whole}`,
        'Tag the instance, or take the placeholder out.',
      );
    } else if (climbs(value)) {
      fault ??= invalid(
        text,
        `the value of ${whole} is a path`,
        'Use a plain word in the tag: no slash, no "..".',
      );
    }
    return value ?? whole;
  });
  return fault ?? ok(filled);
}

/** Whoever may tag an instance must not be able to lead it to another folder. */
function climbs(value: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  return value === '' || value === '.' || value.includes('..') || /[/\\\u0000-\u001f\u007f]/.test(value);
}

function parseS3(setting: string, address: string): Outcome<SourceAddress> {
  const [bucket = '', ...rest] = address.split('/');
  const problem = bucketProblem(bucket);
  if (problem) {
    return invalid(
      setting,
      `${JSON.stringify(bucket)} is no bucket: ${problem}`,
      'See "Bucket naming rules" of S3.',
    );
  }
  return ok({ kind: 's3', bucket, prefix: rest.join('/').replaceAll(/^\/+|\/+$/g, '') });
}

/**
 * Amazon S3 User Guide, "General purpose bucket naming rules", and two kinds of bucket that law 2 and the signer rule out.
 */
function bucketProblem(bucket: string): string | undefined {
  if (bucket === '') return 'the name is missing';
  if (bucket.startsWith('arn:')) return 'an ARN may lead to another region, name the bucket itself';
  if (bucket.endsWith('.mrap')) return 'a multi-region access point answers from any region';
  if (bucket.endsWith('--x-s3')) return 'directory buckets are not supported';
  if (bucket.length < 3 || bucket.length > 63) return 'a name has 3 to 63 characters';
  if (!/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(bucket)) {
    return 'a name has lower-case letters, digits, "." and "-", and begins and ends with a letter or digit';
  }
  if (bucket.includes('..')) return 'two dots stand side by side';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bucket)) return 'a name is no IP address';
  return undefined;
}

function decodePath(setting: string): Outcome<string> {
  const path = setting.slice('file://'.length);
  if (!path.startsWith('/'))
    return invalid(setting, 'a file address has no host', 'Write file:///absolute/path.');
  try {
    return ok(decodeURIComponent(path));
  } catch {
    return invalid(
      setting,
      'its percent encoding is broken',
      'Write the plain path instead: /absolute/path.',
    );
  }
}

function invalid(subject: string, cause: string, hint: string): Fail {
  return fail({ code: 'LF_SETTINGS', operation: 'read', subject: JSON.stringify(subject), cause, hint });
}
