import { expect, test } from 'vitest';
import { groupLab, KEY, wish } from '../support/group-lab.ts';

const GROUP = '/prod/web/app';

test('a group that is there gets what differs, and nothing else', async () => {
  await using lab = await groupLab();
  const group = lab.has(GROUP, { retentionDays: 7, tags: { team: 'ops', owner: 'ann', cost: '7' } });
  lab.keeper.tend(GROUP, wish({ retentionDays: 30, kmsKey: KEY, tags: { team: 'pay', cost: '7' } }));
  expect(await lab.rest()).toEqual([
    'DescribeLogGroups',
    'ListTagsForResource',
    'PutRetentionPolicy',
    'AssociateKmsKey',
    'TagResource',
  ]);
  expect(group).toMatchObject({
    retentionDays: 30,
    kmsKey: KEY,
    tags: { team: 'pay', owner: 'ann', cost: '7' },
  });
  expect(lab.keeper.misfits).toEqual([]);
  expect(lab.warnings).toEqual([]);
});

test('a group that is as the plan has it is looked at once and left alone', async () => {
  await using lab = await groupLab();
  const form = { retentionDays: 30, kmsKey: KEY, tags: { team: 'pay' }, class: 'STANDARD' } as const;
  lab.has(GROUP, form);
  for (let call = 0; call < 100; call += 1) lab.keeper.tend(GROUP, wish(form));
  expect(await lab.rest()).toEqual(['DescribeLogGroups', 'ListTagsForResource']);
  expect(lab.keeper.misfits).toEqual([]);
});

test('a group nothing is wished of is not even looked at', async () => {
  await using lab = await groupLab();
  lab.has(GROUP, { retentionDays: 7, kmsKey: KEY, tags: { team: 'ops' } });
  lab.keeper.tend(GROUP, wish({}));
  expect(await lab.rest()).toEqual([]);
});

test('only what a wish names is changed: no key is taken away, no retention, no tag', async () => {
  await using lab = await groupLab();
  const group = lab.has(GROUP, { retentionDays: 7, kmsKey: KEY, tags: { team: 'ops' } });
  lab.keeper.tend(GROUP, wish({ class: 'STANDARD' }));
  expect(await lab.rest()).toEqual(['DescribeLogGroups']);
  expect(group).toMatchObject({ retentionDays: 7, kmsKey: KEY, tags: { team: 'ops' } });
});

test('a wish that changes is seen to again, the same one in other words is not', async () => {
  await using lab = await groupLab();
  const group = lab.has(GROUP);
  lab.keeper.tend(GROUP, wish({ retentionDays: 7, tags: { a: '1', b: '2' } }));
  await lab.rest();
  lab.keeper.tend(GROUP, wish({ retentionDays: 7, tags: { b: '2', a: '1' } }));
  expect(await lab.rest()).toEqual([]);
  for (const retentionDays of [30, 7]) {
    lab.keeper.tend(GROUP, wish({ retentionDays }));
    expect(await lab.rest()).toEqual(['DescribeLogGroups', 'PutRetentionPolicy']);
    expect(group.retentionDays).toBe(retentionDays);
  }
  expect(group.tags).toEqual({ a: '1', b: '2' });
});

test('a wish that is taken back in time is never carried out: events it would delete are kept', async () => {
  await using lab = await groupLab();
  const group = lab.has(GROUP, { retentionDays: 30 });
  lab.keeper.tend(GROUP, wish({ retentionDays: 1 }));
  await lab.clock.advance(1_000);
  lab.keeper.tend(GROUP, wish({ retentionDays: 30 }));
  expect(await lab.rest()).toEqual(['DescribeLogGroups']);
  expect(group.retentionDays).toBe(30);
});

test('entries that share a group are seen to together, and do not take turns', async () => {
  await using lab = await groupLab();
  const group = lab.has(GROUP);
  const wishes = [
    wish({ entry: 'app', retentionDays: 30 }),
    wish({ entry: 'audit', tags: { team: 'pay' } }),
    wish({ entry: 'system' }),
  ];
  for (let call = 0; call < 10; call += 1) for (const one of wishes) lab.keeper.tend(GROUP, one);
  expect(await lab.rest()).toEqual([
    'DescribeLogGroups',
    'ListTagsForResource',
    'PutRetentionPolicy',
    'TagResource',
  ]);
  for (const one of wishes) lab.keeper.tend(GROUP, one);
  expect(await lab.rest()).toEqual([]);
  expect(group).toMatchObject({ retentionDays: 30, tags: { team: 'pay' } });
});

test('the class of a group stays: one warning says what was wanted and what is there', async () => {
  await using lab = await groupLab();
  lab.has(GROUP);
  const rare = wish({ class: 'INFREQUENT_ACCESS' });
  for (let call = 0; call < 3; call += 1) lab.keeper.tend(GROUP, rare);
  expect(await lab.rest()).toEqual(['DescribeLogGroups']);
  const misfit = {
    group: GROUP,
    setting: 'class',
    trouble: 'fixed',
    expected: 'INFREQUENT_ACCESS',
    found: 'STANDARD',
  };
  expect(lab.keeper.misfits).toEqual([misfit]);
  expect(lab.warnings.map(({ fields }) => fields)).toEqual([misfit]);
  lab.keeper.tend(GROUP, wish({}));
  await lab.rest();
  expect(lab.keeper.misfits).toEqual([]);
});

test('a group is not mistaken for one that begins with its name', async () => {
  await using lab = await groupLab();
  const other = lab.has(`${GROUP}-2`, { retentionDays: 7 });
  lab.keeper.tend(GROUP, wish({ retentionDays: 30, tags: { team: 'pay' } }));
  expect(new Set(await lab.rest())).toEqual(new Set(['DescribeLogGroups']));
  expect(other).toMatchObject({ retentionDays: 7, tags: {} });
});

test('a group this agent creates is not looked at: only its retention is left to set', async () => {
  await using lab = await groupLab();
  const form = { retentionDays: 30, kmsKey: KEY, tags: { team: 'pay' }, class: 'INFREQUENT_ACCESS' } as const;
  const whole = wish(form);
  const ensured = lab.keeper.ensure(GROUP, 'i-1', whole);
  await lab.clock.advance(1_000);
  expect(await ensured).toBeUndefined();
  lab.keeper.tend(GROUP, whole);
  expect((await lab.rest()).filter((call) => !call.startsWith('Create'))).toEqual(['PutRetentionPolicy']);
  expect(lab.sandbox.logs.groups('eu-west-1').get(GROUP)).toMatchObject(form);
});

test('a group somebody else makes anew is looked at anew', async () => {
  await using lab = await groupLab();
  const wished = wish({ retentionDays: 30 });
  lab.has(GROUP);
  lab.keeper.tend(GROUP, wished);
  await lab.rest();
  lab.sandbox.logs.groups('eu-west-1').delete(GROUP);
  const ensured = lab.keeper.ensure(GROUP, 'i-1', wished);
  // Between the refusal of the stream and the creation of the group another instance creates it.
  lab.sandbox.faults.add({
    service: 'logs',
    operation: 'CreateLogGroup',
    effect: { status: 400, code: 'ResourceAlreadyExistsException' },
    times: 1,
  });
  await lab.clock.advance(1_000);
  await ensured;
  const group = lab.has(GROUP);
  lab.keeper.tend(GROUP, wished);
  await lab.rest();
  expect(group.retentionDays).toBe(30);
});
