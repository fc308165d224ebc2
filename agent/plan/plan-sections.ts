import { isNetwork } from '#config-service';
import {
  ABSOLUTE_PATH,
  ACCOUNT,
  ASSET,
  CONTENT,
  DURATION,
  ENVIRONMENT,
  FLAG,
  manyOf,
  MODE,
  oneOf,
  OWNED_PATH,
  PACE,
  TAG,
  TAG_VALUES,
  TEXT,
  textField,
  TIME,
} from './plan-field.ts';
import { isNull } from './plan-node.ts';
import { HOOK_EVENTS } from './plan.ts';
import { entries, field, fields, list, record, valuesOf, type Shape } from './plan-shape.ts';

// What may stand in plan.yaml, section by section. docs/plan.md describes each field.

export const ALLOW = { key: TEXT, region: TEXT, reason: TEXT };
export const STRICTNESS = { unknown: oneOf('warn', 'refuse'), hints: oneOf('show', 'refuse') };

export const SCRIPT = {
  run: ASSET,
  timeout: DURATION,
  when: oneOf('once', 'always', 'fleet'),
  continueOnError: FLAG,
  user: ACCOUNT,
  environment: ENVIRONMENT,
  owns: manyOf(OWNED_PATH),
};

const TARGET = {
  target: ABSOLUTE_PATH,
  mode: MODE,
  owner: ACCOUNT,
  group: ACCOUNT,
  check: TEXT,
  reload: TEXT,
  timeout: DURATION,
  independent: FLAG,
};
export const TEMPLATE = {
  ...TARGET,
  source: ASSET,
  format: oneOf('text', 'json', 'yaml', 'env', 'properties', 'shell'),
};
export const FILE = { ...TARGET, source: ASSET, content: CONTENT };
export const ENVIRONMENT_FILE = { ...TARGET, prefix: CONTENT };

/** RFC 1123, 2.1; what every host calls itself is nobody's to say. */
const HOST_NAME =
  /^(?!(?:localhost|ip6-.*)$)(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/;
export const HOST = {
  address: textField(
    (text) => isNetwork(text) && !text.includes('/'),
    'an address such as 10.0.1.7 or fd00::7',
  ),
  aliases: manyOf(textField((text) => HOST_NAME.test(text), 'a host name')),
  until: TIME,
};

/** Units of systemd: `getty@tty1.service`. */
const UNIT_NAME = /^[A-Za-z0-9._:@-]+$/;
const WATCHED = textField(
  (text) => /^(?:\/|(?:templates|files|environmentFiles)\.[A-Za-z0-9._-]+$)/.test(text),
  'an absolute path, or templates.NAME, files.NAME or environmentFiles.NAME',
);
export const SERVICE = {
  enabled: FLAG,
  running: FLAG,
  restartOn: manyOf(WATCHED),
  reloadOn: manyOf(WATCHED),
};

/** Those of a list have a name that no plan gives (`plan-sheet.ts`). */
const HOOK_NAME = /^[A-Za-z0-9._-]+$|#\d+$/;
export const HOOK = {
  command: TEXT,
  run: ASSET,
  timeout: DURATION,
  continueOnError: FLAG,
  user: ACCOUNT,
  owns: manyOf(OWNED_PATH),
};

export const INIT = {
  document: ASSET,
  configSets: manyOf(TEXT),
  setuid: manyOf(ABSOLUTE_PATH),
  owns: manyOf(OWNED_PATH),
};

export const ADDRESS = { tag: TAG, release: FLAG, timeout: DURATION };
export const VOLUME = {
  tag: TAG,
  mount: ABSOLUTE_PATH,
  device: textField((text) => /^\/dev\/[a-z0-9]+$/.test(text), 'a device such as /dev/sdf'),
  makeFilesystem: oneOf('ext4', 'xfs'),
  options: textField(
    (text) => /^[^\s,]+(?:,[^\s,]+)*$/.test(text),
    'options of mount such as noatime,nofail',
  ),
  timeout: DURATION,
};

export const SIGNALS = { launchHook: TEXT, terminationHook: TEXT };
export const CLOUD_FORMATION = { stack: TEXT, resource: TEXT };

export const BUCKET = {
  owner: textField((text) => /^\d{12}$/.test(text), 'the 12 digits of the account that owns the bucket'),
};

const REQUIRE: Shape = (node, path, check) => {
  const isKeys = node.kind === 'list' && node.items.every((item) => item.kind === 'scalar');
  if (!isKeys) check.problem(`${path}: must be a list of keys`, node);
};

const ALLOW_ENTRY: Shape = (node, path, check) => {
  const { key, region, reason } = valuesOf(ALLOW, node);
  if (key === undefined || region === undefined || reason === undefined) {
    check.problem(`${path}: needs key, region and reason, each a text that is not empty`, node);
  } else fields(ALLOW)(node, path, check);
};

export const LEAK_MODE = { mode: oneOf('warn', 'refuse', 'off') };
export const LEAK_ALLOWANCE = {
  region: TEXT,
  reason: TEXT,
  process: TEXT,
  unit: TEXT,
  service: TEXT,
  address: textField(isNetwork, 'an address or a network such as 52.94.0.0/16'),
};

const LEAK_ALLOW: Shape = (node, path, check) => {
  const { region, reason } = valuesOf(LEAK_ALLOWANCE, node);
  if (region === undefined || reason === undefined)
    check.problem(`${path}: needs region and reason, each a text that is not empty`, node);
  else fields(LEAK_ALLOWANCE)(node, path, check);
};

export const PEERS = {
  role: TEXT,
  environment: TEXT,
  tags: manyOf(TEXT),
  where: TAG_VALUES,
  every: PACE,
};

/** What logs and metrics make of theirs is their affair. */
const SETTINGS: Shape = (node, path, check) => {
  if (node.kind !== 'map') check.problem(`${path}: must be a map of settings`, node);
};

/** Names and versions as an init document has them; what they may be is told when it is read, for that hangs on the region. */
const PACKAGES: Shape = (node, path, check) => {
  const isMap =
    node.kind === 'map' && [...node.members.values()].every((one) => one.kind === 'map' || isNull(one));
  if (!isMap) check.problem(`${path}: must be a map of package managers, each with a map of packages`, node);
};

const HOOKS = entries(fields(HOOK), HOOK_NAME);

const SECTIONS = {
  require: REQUIRE,
  schema: field(ASSET),
  guard: record({
    allow: list(ALLOW_ENTRY),
    unknown: field(STRICTNESS.unknown),
    hints: field(STRICTNESS.hints),
  }),
  leaks: record({ mode: field(LEAK_MODE.mode), allow: list(LEAK_ALLOW) }),
  peers: fields(PEERS),
  scripts: entries(fields(SCRIPT)),
  templates: entries(fields(TEMPLATE)),
  files: entries(fields(FILE)),
  environmentFiles: entries(fields(ENVIRONMENT_FILE)),
  hosts: entries(fields(HOST), HOST_NAME),
  services: entries(fields(SERVICE), UNIT_NAME),
  hooks: record(Object.fromEntries(HOOK_EVENTS.map((event) => [event, HOOKS]))),
  init: entries(fields(INIT), HOOK_NAME),
  packages: PACKAGES,
  buckets: entries(fields(BUCKET)),
  claims: record({ address: fields(ADDRESS), volumes: entries(fields(VOLUME)) }),
  logs: entries(SETTINGS),
  metrics: SETTINGS,
  signals: record({
    launchHook: field(TEXT),
    terminationHook: field(TEXT),
    cloudFormation: fields(CLOUD_FORMATION),
  }),
};

/** @internal By these names; docs/plan.md is held to them. */
export const PLAN_SECTIONS: readonly string[] = Object.keys(SECTIONS);
export const PLAN: Shape = record(SECTIONS);
