/** Every way in which a text could lie in bytes without being sealed. */
export function disguises(text: string): readonly Buffer[] {
  const utf16 = Buffer.from(text, 'utf16le');
  const shapes = [
    Buffer.from(text),
    utf16,
    Buffer.from(utf16).swap16(),
    Buffer.from(Buffer.from(text).toString('hex')),
    Buffer.from(JSON.stringify(text).slice(1, -1)),
    Buffer.from(encodeURIComponent(text)),
    ...[0, 1, 2].flatMap((shift) => [base64Within(Buffer.from(text), shift), base64Within(utf16, shift)]),
  ];
  // Less than that is left of a short text in base64, and would be found by chance.
  return shapes.filter(({ length }) => length >= 4);
}

/** The characters of base64 that hang on `bytes` alone when they start `shift` bytes into a group of three. */
function base64Within(bytes: Buffer, shift: number): Buffer {
  const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
  const whole = padded.subarray(0, padded.length - (padded.length % 3));
  return Buffer.from(whole.toString('base64').slice(shift === 0 ? 0 : 4));
}
