import { expect, it } from 'vitest';
import { checkUnit } from '#agent/doctor/examination.ts';
import { fakeRoot } from './fake-root.ts';

const BOOTED = { '/run/systemd/system/.keep': '' };
const UNIT = '[Service]\nExecStart=/usr/local/bin/landfall run\n';
const PATH = '/etc/systemd/system/landfall.service';

const said = (files: Readonly<Record<string, string>>) =>
  [...checkUnit(fakeRoot(files).root)].map(({ level, says }) => `${level}: ${says}`);

it('where systemd does not run there is nothing to say', () => {
  expect(said({ [PATH]: UNIT })).toEqual([]);
});

it('a unit that is wanted starts it', () => {
  const wants = { '/etc/systemd/system/multi-user.target.wants/landfall.service': `->${PATH}` };
  expect(said({ ...BOOTED, [PATH]: UNIT, ...wants })).toEqual([
    'ok: landfall.service starts landfall at boot',
  ]);
});

it('no unit, and one that is not enabled, are notes', () => {
  expect(said(BOOTED)).toEqual(['note: no systemd unit starts landfall']);
  expect(said({ ...BOOTED, [PATH]: UNIT })).toEqual(['note: landfall.service is not started at boot']);
  expect(said({ ...BOOTED, [PATH]: '[Service]\nExecStart=/bin/echo landfall\n' })).toEqual([
    'note: no systemd unit starts landfall',
  ]);
});

it('NODE_OPTIONS has no effect', () => {
  const text = `${UNIT}Environment="NODE_OPTIONS=--max-old-space-size=64"\n`;
  expect(said({ ...BOOTED, [PATH]: text })).toContain(
    'note: landfall.service sets NODE_OPTIONS, which the executable does not read',
  );
});
