import { describe, expect, test } from 'vitest';
import { regionsNamedBy } from '../../config-service/region/detect/detector.ts';
import { textOfBytes } from '../../config-service/region/detect/text-of-bytes.ts';

const TEXT = 'url=https://sqs.us-east-1.amazonaws.com/1/q\n';
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('the text of bytes', () => {
  test.each([
    ['UTF-8', Buffer.from(`# Grüße\n${TEXT}`)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${TEXT}`)],
    ['ISO-8859-1', Buffer.from(`# Gr\xfc\xdfe\n${TEXT}`, 'latin1')],
    ['UTF-16, little end first, with a mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
    ['UTF-16, big end first, with a mark', utf16be(`\uFEFF${TEXT}`)],
    [
      'UTF-16 of another alphabet, with a mark',
      Buffer.from(`\uFEFF${'адрес '.repeat(90)}${TEXT}`, 'utf16le'),
    ],
    ['the same, big end first', utf16be(`\uFEFF${'адрес '.repeat(90)}${TEXT}`)],
    ['UTF-16, little end first', Buffer.from(TEXT, 'utf16le')],
    ['UTF-16, big end first', utf16be(TEXT)],
    ['a binary', Buffer.from(`\x7fELF\0\x01\xff${TEXT}\0\xfe`, 'latin1')],
    ['half a character', Buffer.concat([Buffer.from(TEXT), Buffer.from([0xc3])])],
  ])('tells every name in %s', (_, bytes) => {
    expect(regionsNamedBy(textOfBytes(bytes))).toEqual(['us-east-1']);
  });

  test('is what it is in UTF-8', () => {
    expect(textOfBytes(Buffer.from('Grüße'))).toBe('Grüße');
    expect(textOfBytes(new Uint8Array())).toBe('');
  });
});
