import { describe, expect, it } from 'vitest';
import { depthOf, placeLayer } from '../../config-service/layers/layer-place.ts';
import { selectLayers, validateOrder } from '../../config-service/layers/order.ts';
import { resolve, type Resolution } from '../../config-service/layers/resolve.ts';
import { printStoreEntries, type StoreEntry } from '../../config-service/properties/store-entries.ts';
import { payrollFacts } from '../support/layer-generator.ts';

const complaintsOf = (pattern: string): readonly string[] =>
  validateOrder(['base', pattern]).map(({ code, message }) => `${code} ${message.replace(/^.*?': /, '')}`);

describe('the layer of a store', () => {
  it('has one name, however it is spelled, and is weaker and stronger as it stands', () => {
    const order = ['base', 'ssm:/payroll/{environment}/', 'role/{role}'];
    expect(validateOrder(order)).toEqual([]);
    expect(selectLayers(order, payrollFacts).selected).toEqual([
      { name: 'base' },
      { name: 'ssm:/payroll/prod' },
      { name: 'role/web' },
    ]);
  });

  it('of a server is called by its URL, and may have the region in its host and a tag in its path', () => {
    const order = ['https://Config.{region}.internal:443/{environment}.json'];
    expect(validateOrder(order)).toEqual([]);
    const { selected } = selectLayers(order, payrollFacts);
    expect(selected).toEqual([{ name: 'https://config.eu-west-1.internal/prod.json' }]);
  });

  it('of a table is called by what is not the default', () => {
    const order = [
      'dynamodb:settings?keyAttribute=id&key={environment}',
      'dynamodb:archaiusProperties?keyAttribute=key',
    ];
    expect(validateOrder(order)).toEqual([]);
    const { selected } = selectLayers(order, payrollFacts);
    expect(selected.map(({ name }) => name)).toEqual([
      'dynamodb:settings?key=prod&keyAttribute=id',
      'dynamodb:archaiusProperties',
    ]);
  });

  it('is left out where its tag is', () => {
    const { selected, skipped } = selectLayers(['ssm:/p/{environment}'], {
      ...payrollFacts,
      environment: undefined,
    });
    expect(selected).toEqual([]);
    expect(skipped).toEqual([{ name: 'ssm:/p/{environment}', reason: "no tag 'environment'" }]);
  });

  it.each(['prod/x', '..', 'a b', 'prod?x', 'prod#x', 'a:b', 'x@evil', '%2e%2e', ''])(
    'is left out for the tag %j, which would lead elsewhere',
    (environment) => {
      const { selected, skipped } = selectLayers(['ssm:/p/{environment}'], { ...payrollFacts, environment });
      expect(selected).toEqual([]);
      expect(skipped).toMatchObject([{ reason: expect.stringContaining('{environment}') }]);
    },
  );

  it('is none that a tag makes of a folder', () => {
    const facts = { ...payrollFacts, role: 'ssm:', environment: 'other' };
    const { selected, skipped } = selectLayers(['{role}/{environment}'], facts);
    expect(selected).toEqual([]);
    expect(skipped).toMatchObject([{ reason: 'its name begins like that of a store' }]);
  });

  it('is no folder that an operator could have, and no deeper than one', () => {
    expect(depthOf(['base', 'ssm:/a/b/c/d/e'])).toBe(1);
    expect(placeLayer('ssm:/a', ['ssm:/a'])).toBeUndefined();
  });

  it.each([
    ['ssn:/payroll', "LF_SETTINGS no store is called 'ssn:'; known are ssm:, https:, appconfig:, dynamodb:"],
    ['s3://bucket/x', "LF_SETTINGS no store is called 's3:'; known are ssm:, https:, appconfig:, dynamodb:"],
    ['ssm:payroll', 'LF_SETTINGS a path begins with a slash: ssm:/payroll/prod/'],
    ['ssm:/', 'LF_SETTINGS it names no path, and would read every parameter of the account'],
    ['ssm://payroll', "LF_SETTINGS a path has letters, digits, '_', '.' and '-' between single slashes"],
    ['ssm:/pay roll', "LF_SETTINGS a path has letters, digits, '_', '.' and '-' between single slashes"],
    ['ssm:/aws/service', "LF_SETTINGS parameters below '/aws' and '/ssm' are those of AWS itself"],
    [
      'ssm:arn:aws:ssm:us-east-1:1:parameter/x',
      'LF_SETTINGS an ARN may lead to another region; write the path',
    ],
    ['ssm:/p/{env}', "LF_SETTINGS no placeholder '{env}' exists"],
    ['ssm:/p/{region', 'LF_SETTINGS a brace is not closed'],
    [
      'http://config.internal/a.json',
      "LF_SETTINGS no store is called 'http:'; known are ssm:, https:, appconfig:, dynamodb:",
    ],
    ['https:/config/a.json', 'LF_SETTINGS it is no address such as https://config.internal/payroll.json'],
    ['https://u:p@config.internal/a.json', 'LF_SETTINGS an address has no user and no password'],
    ['https://config.internal/a.json#x', "LF_SETTINGS an address has no '#'"],
    ['dynamodb:t', "LF_SETTINGS a table has 3 to 255 letters, digits, '_', '.' and '-'"],
    [
      'dynamodb:table?kye=x',
      "LF_SETTINGS 'kye' means nothing here; known are key, keyAttribute, valueAttribute",
    ],
    ['dynamodb:table?key=', 'LF_SETTINGS key has no usable value'],
    ['dynamodb:table?key=a&key=b', 'LF_SETTINGS key stands twice'],
    [
      'dynamodb:arn:aws:dynamodb:us-east-1:1:table/x',
      'LF_SETTINGS an ARN may lead to another region; write the name of the table',
    ],
    ['appconfig:app/env', 'LF_SETTINGS it is written as appconfig:APPLICATION/ENVIRONMENT/PROFILE'],
    ['appconfig:app//x', 'LF_SETTINGS it is written as appconfig:APPLICATION/ENVIRONMENT/PROFILE'],
    [
      'appconfig:my app/env/x',
      "LF_SETTINGS names have letters, digits, '_', '.' and '-' here; write the id of one that has more",
    ],
    [
      'https://{tag:x}.internal/a.json',
      'LF_SETTINGS {tag:x} stands in the host, where only {region}, {zone}, {account} and {partition} may',
    ],
    [`ssm:${'/x'.repeat(15)}`, 'LF_SETTINGS a path has at most 14 levels, a parameter one more'],
  ])('%s is refused', (pattern, complaint) => {
    expect(complaintsOf(pattern)).toContain(complaint);
  });
});

/** One layer of that name, with these entries as its only file. */
function resolved(name: string, entries: readonly StoreEntry[]): Resolution {
  const bytes = printStoreEntries(entries);
  const files = [{ path: 'parameters.entries', object: name, sha256: `${bytes.length}`, bytes }];
  return resolve({ layers: [{ name, files }], facts: payrollFacts, overrides: [], external: undefined });
}

describe('the entries of a store', () => {
  it('have their names and versions for places, and lists are lists', () => {
    const resolution = resolved('ssm:/p', [
      { key: 'db.url', value: 'x', name: 'db/url', version: 4 },
      { key: 'hosts', value: ['a', 'b'], name: 'hosts', version: 2 },
    ]);
    if (resolution.kind !== 'resolved') throw new Error('rejected');
    expect(resolution.effective.get('db.url')?.winner).toMatchObject({
      layer: 'ssm:/p',
      file: 'db/url',
      line: 4,
    });
    expect(resolution.effective.get('hosts')?.list).toEqual(['a', 'b']);
    expect(resolution.effective.get('hosts.1')?.value).toBe('b');
  });

  it('that come out as one key are refused with both names', () => {
    const twice = [
      { key: 'db.url', value: 'x', name: 'db/url', version: 4 },
      { key: 'db.url', value: 'y', name: 'db.url', version: 1 },
    ];
    expect(resolved('ssm:/p', twice)).toMatchObject({
      kind: 'rejected',
      problems: [
        { code: 'LF_DUPLICATE_KEY', file: 'ssm:/p/db/url', message: expect.stringContaining('db.url:1 too') },
      ],
    });
    expect(resolved('ssm:/p', [{ key: '@region', value: 'x', name: '@region', version: 1 }])).toMatchObject({
      problems: [{ code: 'LF_FACT_ASSIGNED' }],
    });
  });

  it('are not read from a folder, whatever lies there', () => {
    const resolution = resolved('base', [{ key: 'a', value: 'x', name: 'somewhere/else', version: 9 }]);
    expect(resolution.kind === 'resolved' && resolution.effective.size).toBe(0);
  });
});
