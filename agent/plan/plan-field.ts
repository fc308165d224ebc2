import { parseDuration } from '#kit/duration.ts';
import type { PlanAsset } from './plan.ts';
import { isNull, type PlanNode } from './plan-node.ts';

/**
 * One kind of value that a field of a plan can have. Where a text is wanted it is the text as written, whatever YAML makes of it:
 * a version `1.10` is no 1.1, and an id of twenty digits no rounded number.
 */
export interface Field<T> {
  /** Never given a `null`. */
  readonly read: (node: PlanNode) => Reading<T>;
  /** The value names a file of the layer. */
  readonly isAsset?: true;
}

export type Reading<T> = { readonly value: T } | { readonly wrong: string };

/** What fields of one record come to; undefined is left out, or wrong and reported by the check of its layer. */
export type Values<Fields extends Readonly<Record<string, Field<unknown>>>> = {
  readonly [Name in keyof Fields]: (Fields[Name] extends Field<infer T> ? T : never) | undefined;
};

/** Such names go into paths, journals and metrics. */
export const ENTRY_NAME = /^[A-Za-z0-9._-]+$/;

/** setTimeout holds no more than 24.8 days; nothing of a boot may take one. */
const MAX_DURATION_MS = 86_400_000;

export const TEXT = textField(
  (text) => text.trim() !== '' && !text.includes('\0'),
  'a text that is not empty',
);
export const CONTENT = textField(() => true, 'a text');
export const FLAG: Field<boolean> = {
  read: (node) =>
    node.kind === 'scalar' && typeof node.value === 'boolean'
      ? { value: node.value }
      : { wrong: 'must be true or false' },
};

/** A name or a numeric id of a user or group. */
export const ACCOUNT: Field<string> = {
  read: (node) => {
    const value = node.kind === 'scalar' && typeof node.value !== 'boolean' ? node.text : '';
    return /^(?:\d{1,10}|[A-Za-z_][A-Za-z0-9._-]*\$?)$/.test(value)
      ? { value }
      : { wrong: 'must be the name or number of a user or group' };
  },
};

/** Milliseconds. */
export const DURATION: Field<number> = {
  read: (node) => {
    const ms = node.kind === 'scalar' ? parseDuration(node.text) : undefined;
    return ms !== undefined && ms > 0 && ms <= MAX_DURATION_MS
      ? { value: ms }
      : { wrong: 'must be a duration such as 30s or 10m, at most 24h' };
  },
};

/** Epoch ms. Of no clock on a wall: a plan holds for every zone. */
export const TIME: Field<number> = {
  read: (node) => {
    const text = node.kind === 'scalar' ? node.text : '';
    const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
    return Number.isNaN(ms) ? { wrong: 'must be a time such as 2026-12-24T18:00:00Z' } : { value: ms };
  },
};

/** How often a fleet asks for something: not more often than it could afford. */
export const PACE: Field<number> = {
  read: (node) => {
    const read = DURATION.read(node);
    return 'wrong' in read || read.value < 5000 || read.value > 3_600_000
      ? { wrong: 'must be a duration from 5s to 1h' }
      : read;
  },
};

/** Tags by name. */
export const TAG_VALUES: Field<Readonly<Record<string, string>>> = {
  read: (node) => {
    if (node.kind !== 'map') return { wrong: 'must be a map of tags, such as { pool: blue }' };
    const pairs = [...node.members].flatMap(([name, value]) =>
      value.kind === 'scalar' && !isNull(value) ? [[name, value.text] as const] : [],
    );
    return pairs.length === node.members.size
      ? { value: Object.fromEntries(pairs) }
      : { wrong: 'must be a map of tags, each with a text' };
  },
};

/** `0644`, as written. Without the zero only in quotes: a bare 420 is what other tools make of 0644. */
export const MODE: Field<number> = {
  read: (node) =>
    node.kind === 'scalar' &&
    (typeof node.value === 'string' ? /^[0-7]{3,4}$/ : /^0[0-7]{3}$/).test(node.text)
      ? { value: Number.parseInt(node.text, 8) }
      : { wrong: 'must be octal digits, such as "0644"' },
};

/** One way to write a path, so that equal texts are the same place. */
export const ABSOLUTE_PATH = textField(
  (path) => path.startsWith('/') && isPlainPath(path.slice(1)),
  'an absolute path without `..`, `.` or `//`',
);

/** Folders of the system and of Landfall: whoever owned one of them whole would have the fence empty the host. */
const NOBODYS = new Set(
  [
    'bin boot dev efi etc home lib lib32 lib64 lost+found media mnt opt proc root run sbin snap srv sys tmp usr var',
    'etc/landfall etc/systemd etc/ssh etc/ssl etc/pam.d etc/cron.d etc/init.d etc/sysconfig etc/default',
    'usr/bin usr/sbin usr/lib usr/lib64 usr/libexec usr/share usr/include usr/local usr/local/bin usr/local/sbin',
    'usr/local/lib usr/local/etc usr/local/share usr/src',
    'var/cache var/db var/lib var/lib/landfall var/lib/landfall-registers var/lib/systemd var/local var/log var/mail',
    'var/opt var/run var/spool var/tmp run/landfall run/systemd',
  ].flatMap((line) => line.split(' ').map((path) => `/${path}`)),
);

/** Below these nothing lies on a disk that could be copied. */
const KERNELS = /^\/(?:dev|proc|sys)\//;

/** A file or a folder of a command's own, which goes whole. */
export const OWNED_PATH = textField(
  (path) =>
    path.startsWith('/') &&
    isPlainPath(path.slice(1)) &&
    !/\p{Cc}/u.test(path) &&
    !NOBODYS.has(path) &&
    !/^\/home\/[^/]+$/.test(path) &&
    !KERNELS.test(path),
  'an absolute path without `..`, `.` or `//`, of a file or folder that nothing else needs; not a folder of the system',
);

export const ASSET: Field<PlanAsset> = {
  isAsset: true,
  read: (node) =>
    node.kind === 'scalar' && !isNull(node) && isPlainPath(node.text)
      ? { value: { layer: node.layer, path: node.text } }
      : { wrong: "must be a path below the layer's folder, without `..`, such as scripts/base.sh" },
};

/** `name=value`; the value may hold further `=`. */
export const TAG: Field<{ readonly name: string; readonly value: string }> = {
  read: (node) => {
    const text = node.kind === 'scalar' ? node.text : '';
    const at = text.indexOf('=');
    return at > 0 && at < text.length - 1
      ? { value: { name: text.slice(0, at), value: text.slice(at + 1) } }
      : { wrong: 'must be a tag such as service=payroll' };
  },
};

/** Variables of a process. */
export const ENVIRONMENT: Field<Readonly<Record<string, string>>> = {
  read: (node) => {
    if (node.kind !== 'map') return { wrong: 'must be a map of variables' };
    const pairs: [string, string][] = [];
    for (const [name, value] of node.members) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { wrong: `'${name}' is no name of a variable` };
      const text = value.kind === 'scalar' ? value.text : undefined;
      if (text === undefined || text.includes('\0')) return { wrong: `${name} must be a text` };
      pairs.push([name, text]);
    }
    return { value: Object.fromEntries(pairs) };
  },
};

export function oneOf<const T extends string>(...choices: readonly T[]): Field<T> {
  return {
    read: (node) => {
      const found = choices.find((choice) => node.kind === 'scalar' && node.text === choice);
      return found === undefined ? { wrong: `must be ${choices.join(' or ')}` } : { value: found };
    },
  };
}

/** A list; a single value is a list of one. */
export function manyOf<T>(item: Field<T>): Field<readonly T[]> {
  return {
    read: (node) => {
      const values: T[] = [];
      for (const [index, part] of (node.kind === 'list' ? node.items : [node]).entries()) {
        const read = item.read(part);
        if ('wrong' in read) return node.kind === 'list' ? { wrong: `item ${index} ${read.wrong}` } : read;
        values.push(read.value);
      }
      return { value: values };
    },
  };
}

export function textField(isFine: (text: string) => boolean, what: string): Field<string> {
  return {
    read: (node) =>
      node.kind === 'scalar' && !isNull(node) && isFine(node.text)
        ? { value: node.text }
        : { wrong: `must be ${what}` },
  };
}

function isPlainPath(path: string): boolean {
  return (
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !path.includes('\0')
  );
}
