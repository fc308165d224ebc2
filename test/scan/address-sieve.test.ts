import { expect, it } from 'vitest';
import { mayHoldAddress } from '#agent/scan/text/address-prefilter.ts';

function mayHold(text: string): boolean {
  const bytes = Buffer.from(new Uint8Array(Math.ceil((text.length + 1) / 4) * 4).buffer);
  bytes.write(text, 'latin1');
  return mayHoldAddress(bytes, new Uint32Array(bytes.buffer), text.length);
}

it('an address is seen at every offset, whatever its length and whatever surrounds it', () => {
  for (const address of [
    '1.2.3.4',
    '52.1.2.3',
    '18.153.0.19',
    '203.100.113.250',
    '2600:1f14::1',
    '2a05:d018::5',
  ]) {
    for (let before = 0; before < 9; before += 1) {
      for (const after of ['', ' ', ';\n', '/x.y'])
        expect([address, before, mayHold(`${'x'.repeat(before)} ${address}${after}`)]).toEqual([
          address,
          before,
          true,
        ]);
    }
  }
});

it.each([
  '',
  '1.2.3',
  '    ....    ',
  '2026-11-29 15:04:05.123',
  '3.14159265, 2.71828',
  '...........',
  '1.2.3 4.5.6',
])('none is seen in %j', (text) => {
  expect(mayHold(text)).toBe(false);
});
