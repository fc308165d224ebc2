import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findEndpoints, regionsNamedBy } from '../../config-service/region/detect/detector.ts';
import { knownRegions } from '../../config-service/region/tables/partitions.ts';
import { corpusRows } from './corpus-row.ts';

const ROWS = [...corpusRows(), ...corpusRows('endpoints-attacks'), ...corpusRows('endpoints-own')];
const REGIONS = knownRegions().map(({ region }) => region);

/** Text that is mostly trouble: pieces of names, escapes and separators in any order. */
const PIECE = fc.oneof(
  fc.constantFrom(
    ...REGIONS,
    'use1',
    'use1-az1',
    '.amazonaws.com',
    '.cache',
    'arn:aws:sqs:',
    'ec2.internal',
    'US_EAST_1',
  ),
  fc.constantFrom(
    '%2D',
    '%25',
    '\\u002d',
    '\\n',
    '&#45;',
    '&amp;',
    '[.]',
    '://',
    '@',
    '/',
    ':',
    ' ',
    '\n',
    '"',
    '#',
    '${',
    '=',
  ),
  fc.constantFrom('YW1hem9uYXdz', 'ZWFzdC', 'dlc3Qt', 'east-', 'AA=='),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const TROUBLE = fc.array(PIECE, { maxLength: 40 }).map((pieces) => pieces.join(''));

/** Lines that name nothing, in the same characters. */
const HARMLESS = fc
  .array(fc.constantFrom('a = 1', '# nothing', 'http://localhost:80/', 'eastern', 'x.y.z', '{}', '-', ''), {
    maxLength: 5,
  })
  .map((lines) => lines.join('\n'));

describe('the detector, on any text', () => {
  test('says where it found what it found, in order, and within the text', () => {
    fc.assert(
      fc.property(TROUBLE, (text) => {
        let last = 0;
        for (const { start, end, text: name } of findEndpoints(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(text.slice(start, end)).toBe(name);
          last = start;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('names only regions that exist', () => {
    fc.assert(
      fc.property(TROUBLE, (text) => {
        for (const { region } of findEndpoints(text)) if (region !== null) expect(REGIONS).toContain(region);
      }),
      { numRuns: 500 },
    );
  });

  test('loses nothing when harmless lines stand around, and only moves it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ROWS), HARMLESS, HARMLESS, ({ text }, before, after) => {
        const shift = before.length + 1;
        const alone = findEndpoints(text).map((found) => ({
          ...found,
          start: found.start + shift,
          end: found.end + shift,
        }));
        expect(findEndpoints(`${before}\n${text}\n${after}`)).toEqual(alone);
      }),
      { numRuns: 2000 },
    );
  });

  test('finds in two lines what it finds in each, whatever ends the first', () => {
    const end = fc.constantFrom('\n', '\r\n', '\0');
    fc.assert(
      fc.property(fc.constantFrom(...ROWS), end, fc.constantFrom(...ROWS), (first, separator, second) => {
        const shift = first.text.length + separator.length;
        const moved = findEndpoints(second.text).map((found) => ({
          ...found,
          start: found.start + shift,
          end: found.end + shift,
        }));
        const both = findEndpoints(`${first.text}${separator}${second.text}`);
        expect(both).toEqual([...findEndpoints(first.text), ...moved]);
      }),
      { numRuns: 3000 },
    );
  });

  test('finds every region of a text longer than any window, wherever the windows are cut', () => {
    const pieces = REGIONS.map((region) => `https://sqs.${region}.amazonaws.com/q `);
    for (let pad = 0; pad < 40; pad++) {
      const text = `${' '.repeat(pad)}${pieces.join('').repeat(60)}`;
      expect(findEndpoints(text)).toHaveLength(REGIONS.length * 60);
    }
  });

  test('reads bytes as latin1, with names between the strings of a binary', () => {
    const bytes = Buffer.from(
      '\u0000\u0001sqs.us-east-1.amazonaws.com\u0000bus-east-1\u0000eu-west-1\u0000',
      'latin1',
    );
    expect(regionsNamedBy(bytes.toString('latin1'))).toEqual(['eu-west-1', 'us-east-1']);
  });
});

describe('the work is linear', () => {
  // Quadratic work on as many characters would take many minutes: the test's own time limit is the assertion.
  test.each([
    ['half a name', 'us-east-'],
    ['dots', '.'],
    ['names', 'us-east-1 '],
    ['a host of names', 'us-east-1.'],
    ['zone ids', 'use1-az1-'],
    ['URLs', 'https://us-east-1/'],
    ['ARNs', 'arn:aws:sqs:us-east-1:1:q:'],
    ['escapes', '&amp;#45;east-1'],
    ['backslashes', 'east\\\\\\\\'],
    ['base64', 'YW1hem9uYXdz'],
    ['digits', '1'],
    ['prefixes of ARNs', 'arn:aws:sqs:us-east-1,'],
    ['URLs in URLs', 'http://localhost/us-east-1?x='],
    ['parameters', 'a://b?region=us-east-1&'],
    ['user information', 'https://us-east-1@'],
    ['S3 without a region', 'b.s3.amazonaws.com/'],
    ['Beanstalk hosts', 'a.elasticbeanstalk.com '],
    ['half a Beanstalk host', 'elasticbean'],
    ['labels', 'Frankfurt (eu-central-1) '],
    ['capitals', 'A B C, east-1 '],
    ['blanks before a name', '                us-east-1'],
    ['parentheses', '(((((us-east-1'],
    ['regions of a list', 'us-east-1, eu-west-1 and '],
    ['fields of cron', '* * * * us-east-1 '],
    ['commands', 'a; sudo sudo b=c us-east-1|'],
    ['markup', '<a <a <a us-east-1>'],
    ['unknown regions', 'zz-north-1.s3.'],
    ['cache hosts', 'use1.cache.amazonaws.com.'],
    ['substitutions', 's/a/us-east-1'],
    ['rows of a table', '| us-east-1 | '],
    ['texts for people', 'title: in us-east-1 '],
    ['marks of Markdown', '> - **us-east-1** '],
    ['another script', '地域 us-east-1 '],
    ['base64 of base64', 'WVcxaGVtOXVZWGR6'],
  ])('on 256 KiB of %s', (_name, piece) => {
    expect(() => findEndpoints(piece.repeat(Math.ceil(2 ** 18 / piece.length)))).not.toThrow();
  });
});
