import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEndpoints } from '../../config-service/region/detect/detector.ts';
import { addressFindings } from '../../config-service/region/detect/public-address.ts';
import { tellingTexts } from '../../config-service/region/detect/telling-texts.ts';
import { corpusRows } from './corpus-row.ts';

const ROWS = [...corpusRows(), ...corpusRows('endpoints-attacks'), ...corpusRows('endpoints-own')];

/** What is looked at twice: beside names, addresses with what makes them none, or one that is not seen at once. */
const TEXT = fc.oneof(
  fc.constantFrom(...ROWS.map(({ text }) => text)),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '3.4.5.6',
          'https://',
          'user@',
          '0x34010203',
          '52.66051',
          '::ffff:3401:203',
          '2600:1f18::1',
        ),
        fc.constantFrom(
          'version',
          'v',
          ' ',
          ':',
          '/32',
          '\n',
          '\0',
          '\u00AD',
          'YW1hem9uYXdz',
          'us-east-1',
          '.internal',
        ),
        fc.string({ unit: 'binary', maxLength: 4 }),
      ),
      { maxLength: 8 },
    )
    .map((pieces) => pieces.join('')),
);

function isTelling(text: string): boolean {
  const found = [
    ...(['value', 'key'] as const).flatMap((as) => findEndpoints(text, { as })),
    ...addressFindings(text, { name: 'host', regionOf: () => 'us-east-1' }),
  ];
  return found.length > 0;
}

describe('the texts that have to be looked at', () => {
  it('are all in which something is found, whatever stands before and behind them', () => {
    fc.assert(
      fc.property(fc.array(TEXT, { maxLength: 12 }), (texts) => {
        const telling = tellingTexts(texts);
        const missed = texts.filter((text, index) => isTelling(text) && !telling.includes(index));
        expect(missed).toEqual([]);
      }),
    );
  });

  it.each(['version', 'https://', 'https://user@', 'image: ', 'arn:aws:sqs:', 'us-', 'ip-10-0-0-1', '1.'])(
    'are the same behind one that ends in %j',
    (before) => {
      for (const { text } of ROWS) {
        const telling = tellingTexts([before, text, 'x']);
        expect(telling.includes(1) || !isTelling(text), text).toBe(true);
      }
      expect(tellingTexts([before, '3.4.5.6', '.amazonaws.com'])).toContain(1);
    },
  );

  it('are few: ordinary ones are not among them', () => {
    const plain = [
      'value 3 of 7',
      'jdbc:postgresql://db.example:5432/payroll',
      '10.0.3.4',
      'maxPoolSize',
      '',
    ];
    expect(tellingTexts(plain)).toEqual([]);
    expect(tellingTexts([...plain, 'sqs.us-east-1.amazonaws.com', ...plain, '3.4.5.6'])).toEqual([5, 11]);
  });
});
