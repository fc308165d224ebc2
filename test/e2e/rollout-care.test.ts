import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BUCKET } from './payroll.ts';
import { HERE, releaseSite, type ReleaseSite } from './release-site.ts';

/** Version 2 has a check that no instance passes: lint cannot know, an instance can. */
function site(): Promise<ReleaseSite> {
  return releaseSite((version, { folder }) => {
    const check = version === '2' ? 'false' : 'true';
    const target = join(folder, 'version.conf');
    return {
      'base/plan.yaml': `files: { version: { content: "${version}", target: "${target}", check: "${check}" } }\n`,
    };
  });
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
