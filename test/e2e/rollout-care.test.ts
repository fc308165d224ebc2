import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Operator, type OperatorRan } from './operator.ts';
import { BUCKET, Payroll, REGION, SOURCE } from './payroll.ts';

const HERE = ['--to', SOURCE, '--region', REGION];

interface Site {
  readonly payroll: Payroll;
  readonly operator: Operator;
  readonly publish: (version: string, ...more: readonly string[]) => Promise<OperatorRan>;
}

/** Version 2 has a check that no instance passes: lint cannot know, an instance can. */
async function site(): Promise<Site> {
  const payroll = await Payroll.open({ files: {} });
  const operator = new Operator(payroll.sandbox.url);
  onTestFinished(async () => {
    await payroll[Symbol.asyncDispose]();
    operator[Symbol.dispose]();
  });
  return {
    payroll,
    operator,
    publish: (version, ...more) => {
      const check = version === '2' ? 'false' : 'true';
      const target = join(operator.folder, 'version.conf');
      operator.write({
        'base/app.properties': `version=${version}\n`,
        'base/plan.yaml': `files: { version: { content: "${version}", target: "${target}", check: "${check}" } }\n`,
      });
      return operator.run('publish', operator.config, '--to', SOURCE, '--regions', REGION, '--yes', ...more);
    },
  };
}

it('a publication stays with its rollout, and halts it when instances cannot take the release', async () => {
  const { payroll, operator, publish } = await site();
  expect(await publish('1')).toMatchObject({ code: 0 });
  const citizen = await payroll.start().ready();
  const ran = await publish('2', '--rollout', '99.9%:10h,100%', '--halt-on', '50%');
  expect(ran, ran.said).toMatchObject({ code: 4, said: expect.stringContaining('LF_RELEASE_HALTED') });
  expect(ran.said).toContain('1 of 1 instances failed: 1 LF_APPLY_CHECK');
  expect((await citizen.properties())['version']).toBe('1');
  const shown = await operator.run('releases', ...HERE);
  expect(shown.said).toMatch(/halted: 1 of 1 instances failed/);
  // And a pipeline that runs again does not bring it back.
  expect(await publish('2')).toMatchObject({ said: expect.stringContaining('LF_RELEASE_HALTED') });
}, 60_000);

it('what nothing needs is pruned when that is said, and the way back stays', async () => {
  const { payroll, operator, publish } = await site();
  for (const version of ['1', '3', '4']) expect(await publish(version)).toMatchObject({ code: 0 });
  const citizen = await payroll.start().ready();
  const objects = (): number =>
    [...(payroll.sandbox.buckets.get(BUCKET)?.sorted() ?? [])].filter(({ key }) => key.includes('/objects/'))
      .length;
  const before = objects();
  const old = ['--keep', '1', '--older-than', '0s'];
  const dry = await operator.run('prune', ...HERE, ...old);
  expect(dry).toMatchObject({ code: 0, said: expect.stringContaining('nothing was removed: say --yes') });
  expect(objects()).toBe(before);
  const ran = await operator.run('prune', ...HERE, ...old, '--yes');
  expect(ran, ran.said).toMatchObject({ code: 0, said: expect.stringContaining('removes 1 release') });
  expect(objects()).toBeLessThan(before);
  const back = await operator.run('rollback', ...HERE, '--yes');
  expect(back, back.said).toMatchObject({ code: 0 });
  await citizen.serves('version', '3');
}, 60_000);
