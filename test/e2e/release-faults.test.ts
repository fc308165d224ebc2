import { describe, it, vi } from 'vitest';
import { objectKey } from '../../config-service/release/manifest.ts';
import { sha256Hex } from '../../config-service/release/digest.ts';
import { expectBootstrapFails, expectGoodStays, type FaultCase } from './fault-case.ts';

const GOOD = { base: { 'app.properties': 'log.level=INFO\nworkers=2\n' } };
const NEXT = { base: { 'app.properties': 'log.level=DEBUG\nworkers=2\n' } };
const NEXT_OBJECT = objectKey('base', sha256Hex(NEXT.base['app.properties']));

/** A good release is there before, and again afterwards. */
function broken(fault: Omit<FaultCase, 'payroll' | 'prepare' | 'restore'>): FaultCase {
  return {
    ...fault,
    payroll: { files: {} },
    prepare: (payroll) => payroll.publish('r1', GOOD),
    restore: (payroll) => payroll.publish('r1', GOOD),
  };
}

const GONE = broken({
  code: 'LF_RELEASE_GONE',
  exit: 4,
  cause: /pointer is gone/,
  hint: /Publish again/,
  strike: (payroll) => payroll.delete('current.json'),
});

const CASES: Readonly<Record<string, FaultCase>> = {
  'an object whose content was changed': broken({
    code: 'LF_DIGEST_MISMATCH',
    exit: 4,
    cause: /digest [0-9a-f]{64}, the release says/,
    hint: /immutable/,
    strike: (payroll) => {
      payroll.publish('r2', NEXT);
      payroll.put(NEXT_OBJECT, NEXT.base['app.properties'].replace('DEBUG', 'TRACE'));
    },
  }),
  'an object that grew': broken({
    code: 'LF_DIGEST_MISMATCH',
    exit: 4,
    cause: /\d+ bytes/,
    hint: /immutable/,
    strike: (payroll) => {
      payroll.publish('r2', NEXT);
      payroll.put(NEXT_OBJECT, `${NEXT.base['app.properties']}more=1\n`);
    },
  }),
  'an object that is not there': broken({
    code: 'LF_OBJECT_MISSING',
    exit: 4,
    cause: /the release names it/,
    hint: /Publish the release again/,
    strike: (payroll) => {
      payroll.publish('r2', NEXT);
      payroll.delete(NEXT_OBJECT);
    },
  }),
  'a manifest of another region': broken({
    code: 'LF_REGION_MANIFEST',
    exit: 6,
    cause: /published for another region, this instance is in eu-west-1/,
    hint: /--regions eu-west-1/,
    strike: (payroll) => payroll.publish('r2', NEXT, 'us-east-1'),
  }),
  'a pointer that is no JSON': broken({
    code: 'LF_MANIFEST_INVALID',
    exit: 5,
    hint: /Publish again/,
    strike: (payroll) => payroll.put('current.json', '{"format":1,'),
  }),
  'a pointer that leads out of its prefix': broken({
    code: 'LF_MANIFEST_INVALID',
    exit: 5,
    cause: /".."/,
    hint: /Publish again/,
    strike: (payroll) => payroll.publish('r2', { base: { '../../../etc/passwd': 'x=1\n' } }),
  }),
  'a pointer of a newer format': broken({
    code: 'LF_MANIFEST_INVALID',
    exit: 5,
    cause: /format is 99/,
    hint: /Upgrade Landfall/,
    strike: (payroll) => payroll.put('current.json', '{"format":99,"region":"eu-west-1"}'),
  }),
  'an empty pointer': broken({
    code: 'LF_MANIFEST_INVALID',
    exit: 5,
    hint: /Publish again/,
    strike: (payroll) => payroll.put('current.json', ''),
  }),
};

// They mostly wait.
vi.setConfig({ maxConcurrency: 12 });

describe.concurrent('a broken release', () => {
  it.each(Object.entries({ ...CASES, 'a release that is gone': GONE }))(
    'has its own name, and takes nothing away: %s',
    (_, fault) => expectGoodStays(fault),
  );
  it.each(Object.entries(CASES))('ends a bootstrap with its own code: %s', (_, fault) =>
    expectBootstrapFails(fault),
  );
});
