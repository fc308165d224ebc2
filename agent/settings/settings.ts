import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import convict from 'convict';
import { parse as parseYaml } from 'yaml';
import { TOKENS, type GuardPolicy } from '#config-service';
import { parseDuration } from '#kit/duration.ts';
import { errnoOrText } from '#kit/errno.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { flagOf, SETTINGS, type SettingName } from './catalogue.ts';
import {
  parseListen,
  parsePercent,
  parseReleaseTime,
  parseShapes,
  parseWords,
  SHAPES,
  type ListenAddress,
  type ShapeName,
} from './formats.ts';

/** Where one shape is answered, and nothing else. */
export interface ShapeDoor {
  readonly shape: ShapeName;
  readonly setting: SettingName;
  readonly address: ListenAddress;
}

/** All settings of one process, parsed. Times are milliseconds. */
export interface Settings {
  readonly source: string;
  readonly layout: 'auto' | 'release' | 'tree';
  readonly intervalMs: number;
  /** Undefined: the command's own default. */
  readonly bootTimeoutMs: number | undefined;
  /** Undefined: no TCP, socket only. */
  readonly listen: ListenAddress | undefined;
  readonly socket: string;
  readonly dashboard: 'on' | 'off';
  readonly stateDir: string;
  readonly runDir: string;
  readonly hostsFile: string;
  readonly configTree: 'off' | 'on';
  /** In the order of `SHAPES`. */
  readonly compat: readonly ShapeName[];
  /** Doors of one shape alone. */
  readonly shapeDoors: readonly ShapeDoor[];
  /** Without `/` at its ends; empty: none. */
  readonly consulPrefix: string;
  readonly readTokenFile: string;
  readonly roleTag: string;
  readonly environmentTag: string;
  /** Empty: the default order. */
  readonly layers: readonly string[];
  readonly storeIntervalMs: number;
  readonly guard: 'enforce' | 'warn' | 'off';
  readonly strictness: GuardPolicy;
  /** Empty: what lies at the source. */
  readonly ipRanges: string;
  readonly onRelocation: 'purge' | 'quarantine';
  /** 0..1. */
  readonly maxShrink: number;
  readonly trustedKeys: readonly string[];
  /** Epoch ms, the least sequence of a signed pointer; undefined: what was followed before decides. */
  readonly notOlderThan: number | undefined;
  /** Empty: the identity document is believed. */
  readonly identityCertificates: string;
  /** Empty: the account of the identity document. */
  readonly bucketOwner: string;
  readonly credentials: 'instance' | 'environment';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'pretty' | 'auto';
}

export interface SettingsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From `--config`; undefined reads the default file when it is there. */
  readonly configFile: string | undefined;
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
}

export const DEFAULT_CONFIG_FILE = '/etc/landfall/agent.yaml';

/** Flag over variable over file over default; every wrong setting is reported at once (`LF_SETTINGS`). */
export function loadSettings(input: SettingsInput): Outcome<Settings> {
  const config = convict<Record<string, string>>(structuredClone(SETTINGS) as never, {
    env: withoutUndefined(input.env),
    args: [],
  });
  const file = readConfigFile(input.configFile);
  if (file.kind !== 'ok') return file;
  try {
    config.load(file.value);
    for (const [name, value] of Object.entries(input.flags)) config.set(name, value);
    config.validate({ allowed: 'strict' });
  } catch (error) {
    return fail(settingsFault(error instanceof Error ? error.message : String(error)));
  }
  return ok(parsed(config.getProperties()));
}

function readConfigFile(given: string | undefined): Outcome<Record<string, string>> {
  const path = given ?? DEFAULT_CONFIG_FILE;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOrText(error);
    if (given === undefined && errno === 'ENOENT') return ok({});
    return fail(fileFault(path, errno === 'ENOENT' ? 'there is no such file' : `the system says ${errno}`));
  }
  try {
    // Every scalar as it is written: `interval: 30` and the zeros of an account stay text, as in a variable.
    return asTexts(parseYaml(text, { schema: 'failsafe', prettyErrors: false }) as unknown, path);
  } catch (error) {
    return fail(fileFault(path, `it is no YAML: ${error instanceof Error ? error.message : String(error)}`));
  }
}

/** A list counts as its items with commas, as in a variable. */
function asTexts(document: unknown, path: string): Outcome<Record<string, string>> {
  if (document === null || document === undefined || document === '') return ok({});
  if (typeof document !== 'object' || Array.isArray(document)) {
    return fail(fileFault(path, 'it is not a map of settings'));
  }
  const entries = Object.entries(document).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? value.join(',') : value,
  ]);
  const nested = entries.filter(([, value]) => typeof value !== 'string').map(([name]) => name);
  if (nested.length > 0) {
    return fail(fileFault(path, `${nested.join(', ')}: a setting is one text or a list`));
  }
  return ok(Object.fromEntries(entries) as Record<string, string>);
}

function parsed(raw: Record<string, string>): Settings {
  const text = (name: SettingName): string => raw[name] ?? '';
  const runDir = text('runDir');
  return {
    source: text('source'),
    layout: text('layout') as Settings['layout'],
    intervalMs: parseDuration(text('interval')) ?? 0,
    bootTimeoutMs: text('bootTimeout') === '' ? undefined : parseDuration(text('bootTimeout')),
    listen: parseListen(text('listen')),
    socket: text('socket') === '' ? join(runDir, 'landfall.sock') : text('socket'),
    dashboard: text('dashboard') as Settings['dashboard'],
    stateDir: text('stateDir'),
    runDir,
    hostsFile: text('hostsFile'),
    roleTag: text('roleTag'),
    environmentTag: text('environmentTag'),
    layers: parseWords(text('layers')),
    storeIntervalMs: parseDuration(text('storeInterval')) ?? 0,
    configTree: text('configTree') as Settings['configTree'],
    compat: parseShapes(text('compat')) ?? [],
    shapeDoors: shapeDoors(text),
    consulPrefix: text('consulPrefix').replaceAll(/^\/|\/$/g, ''),
    readTokenFile: text('readTokenFile') === '' ? join(runDir, TOKENS.read) : text('readTokenFile'),
    guard: text('guard') as Settings['guard'],
    strictness: {
      unknown: text('guardUnknown') as GuardPolicy['unknown'],
      hints: text('guardHints') as GuardPolicy['hints'],
    },
    ipRanges: text('ipRanges'),
    onRelocation: text('onRelocation') as Settings['onRelocation'],
    maxShrink: parsePercent(text('maxShrink')) ?? 0,
    trustedKeys: parseWords(text('trustedKeys')),
    notOlderThan: parseReleaseTime(text('notOlderThan')),
    identityCertificates: text('identityCertificates'),
    bucketOwner: text('bucketOwner'),
    credentials: text('credentials') as Settings['credentials'],
    logLevel: text('logLevel') as Settings['logLevel'],
    logFormat: text('logFormat') as Settings['logFormat'],
  };
}

/** Archaius asks for an address, which is as well one of the main door. */
const SHAPE_DOORS: Readonly<Partial<Record<ShapeName, SettingName>>> = {
  spring: 'springListen',
  consul: 'consulListen',
  appconfig: 'appconfigListen',
};

function shapeDoors(text: (name: SettingName) => string): readonly ShapeDoor[] {
  return SHAPES.flatMap((shape) => {
    const setting = SHAPE_DOORS[shape];
    const address = setting && parseListen(text(setting));
    return address ? [{ shape, setting, address }] : [];
  });
}

function fileFault(path: string, cause: string) {
  const hint = 'Correct the file, or name another with --config; see docs/settings.md.';
  return { code: 'LF_SETTINGS', operation: 'read', subject: path, cause, hint } as const;
}

function settingsFault(cause: string) {
  const names = Object.keys(SETTINGS).filter((name) => cause.includes(`${name}:`));
  const ways = names.map((name) => `${flagOf(name)} or ${SETTINGS[name as SettingName].env}`).join(', ');
  return {
    code: 'LF_SETTINGS',
    operation: 'read',
    subject: 'settings',
    cause: cause.replaceAll('\n', '; '),
    hint: ways === '' ? 'See docs/settings.md for every setting.' : `Set ${ways}; see docs/settings.md.`,
  } as const;
}

function withoutUndefined(env: SettingsInput['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
