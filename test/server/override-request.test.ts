import { expect, test } from 'vitest';
import { readOverride } from '../../config-service/server/routes/override-request.ts';

const read = (document: unknown): unknown => readOverride('a', Buffer.from(JSON.stringify(document)));
const GOOD = { value: '', for: '1s', reason: 'r' };

test.each([
  ['1s', 1000],
  ['90', 90_000],
  ['1h30m', 5_400_000],
  ['30d', 2_592_000_000],
])('for %s is %d ms', (span, forMs) => {
  expect(read({ ...GOOD, for: span })).toEqual({
    kind: 'ok',
    value: { key: 'a', value: '', forMs, reason: 'r' },
  });
});

test.each([
  [{ ...GOOD, for: '999ms' }, '"for" must be a duration from 1s to 30d'],
  [{ ...GOOD, for: '721h' }, '"for" must be a duration from 1s to 30d'],
  [{ ...GOOD, for: 'ever' }, '"for" must be a duration from 1s to 30d'],
  [{ ...GOOD, for: 60 }, '"for" must be a duration from 1s to 30d'],
  [{ ...GOOD, value: null }, '"value" must be a string'],
  [{ ...GOOD, reason: '  ' }, '"reason" must be a text of 1 to 1000 characters'],
  [{ ...GOOD, reason: 'x'.repeat(1001) }, '"reason" must be a text of 1 to 1000 characters'],
  [{ ...GOOD, ttl: 1 }, '"ttl" is not a field'],
  [[GOOD], 'the body is not a JSON object in UTF-8'],
  [null, 'the body is not a JSON object in UTF-8'],
])('refuses %j: %s', (document, message) => {
  expect(read(document)).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_REQUEST_INVALID', problems: [{ message }] },
  });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['no JSON', Buffer.from('{')],
  ['broken UTF-8', Buffer.from([0x22, 0xff, 0x22])],
])('refuses a body that is %s', (_, body) => {
  expect(readOverride('a', body)).toMatchObject({ kind: 'fail', fault: { code: 'LF_REQUEST_INVALID' } });
});
