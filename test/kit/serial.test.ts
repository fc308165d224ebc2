import { expect, it } from 'vitest';
import { createSerial } from '#kit/serial.ts';

it('does one thing after the other, and what failed stands in nobody’s way', async () => {
  const serial = createSerial();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = serial.run(async () => {
    seen.push('first begins');
    await gate.promise;
    throw new Error('the first fails');
  });
  const second = serial.run(() => {
    seen.push('second');
    return 2;
  });
  await Promise.resolve();
  expect(seen).toEqual(['first begins']);
  gate.resolve();
  await expect(first).rejects.toThrow('the first fails');
  expect(await second).toBe(2);
  expect(seen).toEqual(['first begins', 'second']);
});

it('is idle when all that was asked for by then is over', async () => {
  const serial = createSerial();
  let isOver = false;
  const gate = Promise.withResolvers<void>();
  const work = serial.run(() => gate.promise).catch(() => {});
  const idle = serial.idle().then(() => (isOver = true));
  await Promise.resolve();
  expect(isOver).toBe(false);
  gate.reject(new Error('no'));
  await idle;
  await work;
  expect(isOver).toBe(true);
});
