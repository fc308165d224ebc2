import { expect, it } from 'vitest';
import { BUCKET } from './payroll.ts';
import { HERE, releaseSite } from './release-site.ts';

const POINTER = 'payroll/current.json';

it('a signed way back leads past what was halted, and a pipeline that runs again undoes nothing', async () => {
  const { payroll, operator, publish } = await releaseSite();
  const sign = ['--sign', operator.key];
  expect(await publish('1', ...sign)).toMatchObject({ code: 0 });
  const citizen = await payroll.start({ env: operator.trustedKeys }).ready();
  await publish('2', ...sign, '--rollout', '99%:10h,100%');
  expect(await operator.run('halt', ...HERE, '--reason', 'errors')).toMatchObject({ code: 0 });
  const again = await publish('2', ...sign);
  expect(again).toMatchObject({ code: 4, said: expect.stringContaining('LF_RELEASE_HALTED') });
  expect(await publish('3', ...sign)).toMatchObject({ code: 0 });
  await citizen.serves('version', '3');
  const back = await operator.run('rollback', ...HERE, ...sign, '--message', 'slow');
  expect(back, back.said).toMatchObject({ code: 0 });
  await citizen.serves('version', '1');
  const { said } = await operator.run('releases', ...HERE);
  expect(said).toMatch(/halted at .*: errors/);
  expect(said).toMatch(/rolled back from at .*: slow/);
});

it('a pointer that nobody can read is refused by instances, and replaced by the next publication', async () => {
  const { payroll, publish } = await releaseSite();
  await publish('1');
  const citizen = await payroll.start().ready();
  payroll.sandbox.putObject(BUCKET, POINTER, '{"format":1}');
  await citizen.fails('LF_MANIFEST_INVALID');
  expect((await citizen.properties())['version']).toBe('1');
  expect(await publish('2')).toMatchObject({ code: 0, said: expect.stringContaining('nobody can read') });
  await citizen.serves('version', '2');
});
