import { describe, expect, test } from 'vitest';
import { formatRecord } from '#agent/logs/base/record-format.ts';
import type { TimeFormat } from '#agent/logs/text/time-format.ts';
import { UTC } from '#agent/logs/text/time-zone.ts';
import { fakeJournalctl } from './support/fake-journalctl.ts';
import { openJournal } from './journal/open-journal.ts';

const HEAD = { label: 'app[1]: ', fields: { unit: 'app.service', pid: 1, priority: undefined } };
const EMF = '{"_aws":{"Timestamp":1763719200123},"id":12345678901234567890}';

const timeOf: TimeFormat = (line) => (/\d{13}/.test(line) ? { epochMs: 1_763_719_200_123 } : undefined);

describe('the event of a record', () => {
  test.each([
    ['auto', 'text', 'app[1]: text'],
    ['auto', '{"a":1}', '{"a":1}'],
    ['auto', ' {"a":1} ', ' {"a":1} '],
    ['auto', '{no json}', 'app[1]: {no json}'],
    ['auto', '[1]', 'app[1]: [1]'],
    ['auto', '', 'app[1]: '],
    ['message', 'text', 'text'],
    ['syslog', '{"a":1}', 'app[1]: {"a":1}'],
    ['json', 'a "b"\n', '{"unit":"app.service","pid":1,"message":"a \\"b\\"\\n"}'],
    ['json', '{}', '{"unit":"app.service","pid":1}'],
    ['json', '{"pid":7}', '{"unit":"app.service","pid":7}'],
    ['json', '{"pid":7,"unit":"x"}', '{"pid":7,"unit":"x"}'],
    ['json', EMF, `{"unit":"app.service","pid":1,${EMF.slice(1)}`],
    ['auto', EMF, EMF],
  ] as const)('%s of %j', (format, text, expected) => {
    expect(formatRecord(format, text, HEAD)).toBe(expected);
  });

  test('of the journal has unit, identifier, process and priority', async () => {
    using journal = fakeJournalctl();
    const fields = { PRIORITY: '3', _SYSTEMD_UNIT: 'app.service' };
    journal.hold([
      { number: 1, message: 'text', fields },
      { number: 2, message: '{"level":"INFO"}', fields },
      {
        number: 3,
        message: 'Started',
        fields: { _PID: '1', UNIT: 'web.service', _SYSTEMD_UNIT: 'init.scope' },
      },
    ]);
    await using opened = openJournal(journal, { format: 'json' });
    expect((await opened.until(3)).map(({ message }) => JSON.parse(message) as unknown)).toEqual([
      { unit: 'app.service', identifier: 'app', pid: 42, priority: 3, message: 'text' },
      { unit: 'app.service', identifier: 'app', pid: 42, priority: 3, level: 'INFO' },
      { unit: 'web.service', identifier: 'app', pid: 1, message: 'Started' },
    ]);
  });

  test('of the journal bears the time of its message where one is read, else that of the record', async () => {
    using journal = fakeJournalctl();
    journal.hold([
      { number: 1, message: 'at 1763719200123' },
      { number: 2, message: 'no time' },
    ]);
    await using opened = openJournal(journal, { time: { format: timeOf, zone: UTC } });
    expect((await opened.until(2)).map((event) => event.at)).toEqual([1_763_719_200_123, 1_795_000_002_000]);
  });
});
