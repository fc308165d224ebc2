import { expect, it } from 'vitest';
import { readBootId } from '#agent/identity/boot-id.ts';

it('a boot has an id, the same all the time', async () => {
  expect(await readBootId()).toMatch(/^[0-9a-f-]{36}$/);
  expect(await readBootId()).toBe(await readBootId());
});
