import { describe, it, vi } from 'vitest';
import { expectBootstrapFails, expectGoodStays, type FaultCase } from './fault-case.ts';
import { Payroll, TREE } from './payroll.ts';

const CORRECT = /Correct the files/;

function put(path: string, text: string | Uint8Array): FaultCase['strike'] {
  return (payroll) => payroll.put(path, text);
}

/** What people can put into a bucket. */
const INVALID: Readonly<Record<string, FaultCase>> = {
  'a malformed file': {
    code: 'LF_PARSE',
    exit: 5,
    cause: /environment\/prod\/prod\.properties:1/,
    hint: CORRECT,
    strike: put('environment/prod/prod.properties', 'log.level=\\u12\n'),
  },
  'malformed YAML': {
    code: 'LF_PARSE',
    exit: 5,
    cause: /role\/web\/web\.yaml:3/,
    hint: CORRECT,
    strike: put('role/web/web.yaml', 'a: 1\nb: [\n'),
  },
  'a file that is no UTF-8': {
    code: 'LF_ENCODING',
    exit: 5,
    cause: /prod\.properties/,
    hint: CORRECT,
    strike: put('environment/prod/prod.properties', Buffer.from('log.level=\xff\n', 'latin1')),
  },
  'one key in two files of a layer': {
    code: 'LF_DUPLICATE_KEY',
    exit: 5,
    cause: /role\/web\/web\.yaml:1: 'workers' stands in role\/web\/other\.properties:1 too/,
    hint: CORRECT,
    strike: put('role/web/other.properties', 'workers=1\n'),
  },
  'a cycle': {
    code: 'LF_REFERENCE_CYCLE',
    exit: 5,
    cause: /log\.level.*x.*log\.level/,
    hint: CORRECT,
    strike: put('environment/prod/prod.properties', 'log.level=${x}\nx=${log.level}\n'),
  },
  'a reference to nothing': {
    code: 'LF_REFERENCE_UNKNOWN',
    exit: 5,
    cause: /nobody/,
    hint: CORRECT,
    strike: put('environment/prod/prod.properties', 'log.level=${nobody}\n'),
  },
  'an assignment to a fact': {
    code: 'LF_FACT_ASSIGNED',
    exit: 5,
    cause: /@region/,
    hint: CORRECT,
    strike: put('environment/prod/prod.properties', '@region=us-east-1\n'),
  },
  'a plan that is not valid': {
    code: 'LF_PLAN_INVALID',
    exit: 5,
    cause: /base\/plan\.yaml/,
    hint: CORRECT,
    strike: put('base/plan.yaml', 'require: yes please\n'),
  },
  'a value of another region': {
    code: 'LF_REGION_FOREIGN',
    exit: 6,
    cause: /us-east-1; this instance is in eu-west-1/,
    hint: /\$\{@region\}/,
    strike: put(
      'environment/prod/prod.properties',
      'log.level=WARN\ndb.host=payroll.c9akciq32abc.us-east-1.rds.amazonaws.com\n',
    ),
  },
  'an empty source': {
    code: 'LF_SOURCE_EMPTY',
    exit: 4,
    cause: /base, region\/eu-west-1, role\/web/,
    hint: /prefix/,
    strike: (payroll) => Object.keys(TREE).forEach((path) => payroll.delete(path)),
  },
};

/** What is wrong only compared with what was there before. */
const LOST: Readonly<Record<string, FaultCase>> = {
  'a file that was emptied': {
    code: 'LF_LAYER_EMPTIED',
    exit: 4,
    cause: /base\/app\.properties.*0 bytes/,
    hint: /Upload it again/,
    strike: put('base/app.properties', ''),
  },
  'most keys gone': {
    code: 'LF_SHRUNK',
    exit: 5,
    cause: /lost \d+ of 9 keys/,
    hint: /LANDFALL_MAX_SHRINK/,
    strike: (payroll) => {
      payroll.put('base/app.properties', 'one=1\n');
      payroll.delete('role/web/web.yaml');
    },
  },
};

// They mostly wait.
vi.setConfig({ maxConcurrency: 12 });

describe.concurrent('content that cannot be used', () => {
  it.each(Object.entries({ ...INVALID, ...LOST }))(
    'has its own name, and takes nothing away: %s',
    (_, fault) => expectGoodStays(fault),
  );
  it.each(Object.entries(INVALID))('ends a bootstrap with its own code: %s', (_, fault) =>
    expectBootstrapFails(fault),
  );
});

describe('a source that lost most of its keys', () => {
  it('is taken when the setting says that this is meant', async () => {
    await using payroll = await Payroll.open();
    const citizen = await payroll.run({ env: { LANDFALL_MAX_SHRINK: '100%' } });
    payroll.put('base/app.properties', 'one=1\n');
    payroll.delete('role/web/web.yaml');
    await citizen.serves('one', '1');
  });
});
