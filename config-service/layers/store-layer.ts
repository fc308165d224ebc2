/**
 * Where a layer that lies in no folder of the source is read from. Its name in the order is its address, filled with the
 * facts: `ssm:/payroll/prod`.
 */
export type StoreAddress =
  | {
      readonly kind: 'ssm';
      /** Begins with a slash, ends with none. */
      readonly path: string;
    }
  | {
      readonly kind: 'https';
      /** As a URL is written: host in lower case, no default port. */
      readonly url: string;
    }
  | {
      readonly kind: 'appconfig';
      /** Names or ids, as the next two. */
      readonly application: string;
      readonly environment: string;
      readonly profile: string;
    }
  | {
      readonly kind: 'dynamodb';
      readonly table: string;
      /** Of the key, in both layouts, and of the value where each item is a property. */
      readonly keyAttribute: string;
      readonly valueAttribute: string;
      /** The key of the one item whose attributes are the layer; undefined: each item is a property. */
      readonly item: string | undefined;
    };

/** What is wrong with an address, as a clause for people. */
export interface UnusableStore {
  readonly kind: 'unusable';
  readonly reason: string;
}

const STORES: Readonly<Record<StoreAddress['kind'], (rest: string) => StoreAddress | UnusableStore>> = {
  ssm: readSsm,
  https: readHttps,
  appconfig: readAppConfig,
  dynamodb: readDynamoDb,
};

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/** Whether a place of the order, or the layer it came to be, is a store's and no folder. */
export function isStoreLayer(name: string): boolean {
  return SCHEME.test(name);
}

/** Reads the name of a store's layer, placeholders filled. */
export function readStoreLayer(name: string): StoreAddress | UnusableStore {
  const scheme = SCHEME.exec(name)?.[1] ?? '';
  if (!isKnown(scheme)) {
    const known = Object.keys(STORES).map((kind) => `${kind}:`);
    return unusable(`no store is called '${scheme}:'; known are ${known.join(', ')}`);
  }
  return STORES[scheme](name.slice(scheme.length + 1));
}

/** The one name of a layer, however it is spelled in the order: `ssm:/payroll/` is `ssm:/payroll`. */
export function storeLayerName(name: string): string {
  const address = readStoreLayer(name);
  switch (address.kind) {
    case 'ssm':
      return `ssm:${address.path}`;
    case 'https':
      return address.url;
    case 'appconfig':
      return `appconfig:${address.application}/${address.environment}/${address.profile}`;
    case 'dynamodb':
      return nameOfTable(address);
    case 'unusable':
      return name;
    default:
      return address satisfies never;
  }
}

/** A tag is written by whoever may tag an instance: in an address it is one plain word, and leads nowhere else. */
export function unusableInStore(placeholder: string, value: string): string | undefined {
  return /^[A-Za-z0-9_.-]+$/.test(value)
    ? undefined
    : `the value of {${placeholder}} has more than letters, digits, '_', '.' and '-'`;
}

/** AWS Systems Manager API reference, PutParameter: characters, and at most 15 levels. */
function readSsm(rest: string): StoreAddress | UnusableStore {
  const path = rest.replace(/\/$/, '');
  if (rest.startsWith('arn:')) return unusable('an ARN may lead to another region; write the path');
  if (!rest.startsWith('/')) return unusable('a path begins with a slash: ssm:/payroll/prod/');
  if (path === '') return unusable('it names no path, and would read every parameter of the account');
  if (!/^(?:\/[A-Za-z0-9_.-]+)+$/.test(path))
    return unusable("a path has letters, digits, '_', '.' and '-' between single slashes");
  if (path.split('/').length - 1 > 14) return unusable('a path has at most 14 levels, a parameter one more');
  if (/^\/(?:aws|ssm)(?:\/|$)/i.test(path))
    return unusable("parameters below '/aws' and '/ssm' are those of AWS itself");
  return { kind: 'ssm', path };
}

/** Only the instance's own identity may be part of a host: a tag would lead to any. */
const IN_HOST: ReadonlySet<string> = new Set(['region', 'zone', 'account', 'partition']);

/** What is wrong with where a pattern has its placeholders. */
export function misplacedInStore(pattern: string): string | undefined {
  const host = /^https:\/\/([^/?#]*)/i.exec(pattern)?.[1] ?? '';
  const tag = [...host.matchAll(/\{([^{}]*)\}/g)]
    .map(([, name = '']) => name)
    .find((name) => !IN_HOST.has(name));
  return tag === undefined
    ? undefined
    : `{${tag}} stands in the host, where only {region}, {zone}, {account} and {partition} may`;
}

function readHttps(rest: string): StoreAddress | UnusableStore {
  const url = rest.startsWith('//') ? URL.parse(`https:${rest}`) : null;
  if (!url || url.hostname === '')
    return unusable('it is no address such as https://config.internal/payroll.json');
  if (url.username !== '' || url.password !== '') return unusable('an address has no user and no password');
  if (url.hash !== '') return unusable("an address has no '#'");
  return { kind: 'https', url: url.href };
}

function readAppConfig(rest: string): StoreAddress | UnusableStore {
  const [application = '', environment = '', profile = '', ...others] = rest.split('/');
  const words = [application, environment, profile];
  if (others.length > 0 || words.includes(''))
    return unusable('it is written as appconfig:APPLICATION/ENVIRONMENT/PROFILE');
  if (!words.every((word) => /^[A-Za-z0-9_.-]{1,128}$/.test(word)))
    return unusable("names have letters, digits, '_', '.' and '-' here; write the id of one that has more");
  return { kind: 'appconfig', application, environment, profile };
}

const IN_TABLE: readonly string[] = ['key', 'keyAttribute', 'valueAttribute'];
const ATTRIBUTE = 'key';
const VALUE = 'value';

/** Amazon DynamoDB Developer Guide, "Naming rules and data types". */
function readDynamoDb(rest: string): StoreAddress | UnusableStore {
  if (rest.startsWith('arn:'))
    return unusable('an ARN may lead to another region; write the name of the table');
  const [table = '', query = ''] = rest.split(/\?(.*)/s, 2);
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(table))
    return unusable("a table has 3 to 255 letters, digits, '_', '.' and '-'");
  const asked = new Map<string, string>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s, 2);
    if (!IN_TABLE.includes(name))
      return unusable(`'${name}' means nothing here; known are ${IN_TABLE.join(', ')}`);
    if (!/^[^\s?&=#%]{1,255}$/.test(value)) return unusable(`${name} has no usable value`);
    if (asked.has(name)) return unusable(`${name} stands twice`);
    asked.set(name, value);
  }
  const item = asked.get('key');
  if (item !== undefined && asked.has('valueAttribute'))
    return unusable('with key all attributes of the item are the layer: valueAttribute has no part in it');
  const keyAttribute = asked.get('keyAttribute') ?? ATTRIBUTE;
  return {
    kind: 'dynamodb',
    table,
    keyAttribute,
    valueAttribute: asked.get('valueAttribute') ?? VALUE,
    item,
  };
}

function nameOfTable(address: Extract<StoreAddress, { readonly kind: 'dynamodb' }>): string {
  const { table, keyAttribute, valueAttribute, item } = address;
  const asked = [
    ...(item === undefined ? [] : [`key=${item}`]),
    ...(keyAttribute === ATTRIBUTE ? [] : [`keyAttribute=${keyAttribute}`]),
    ...(valueAttribute === VALUE ? [] : [`valueAttribute=${valueAttribute}`]),
  ];
  return `dynamodb:${table}${asked.length > 0 ? `?${asked.join('&')}` : ''}`;
}

function isKnown(scheme: string): scheme is StoreAddress['kind'] {
  return Object.hasOwn(STORES, scheme);
}

function unusable(reason: string): UnusableStore {
  return { kind: 'unusable', reason };
}
