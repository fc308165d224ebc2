import { expect, test } from 'vitest';
import { prefers } from '../../config-service/server/http/accept.ts';

test.each([
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['text/plain', false],
  ['application/json', true],
  ['Application/JSON; charset=utf-8', true],
  ['application/*', true],
  ['application/json, text/plain', false],
  ['application/json, text/plain;q=0.5', true],
  ['application/json;q=0.5, text/plain;q=0.6', false],
  ['application/json, */*', false],
  ['application/json, */*;q=0.1', true],
  ['text/plain;q=0, */*', true],
  ['application/json;q=0', false],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
  ['application/json;q=0.5, application/json;version=2;q=0.9, text/plain;q=0.7', true],
  ['image/png', false],
  [';;;,,/,q=', false],
])('Accept: %s -> JSON: %s', (accept, json) => {
  expect(prefers(accept, 'application/json', 'text/plain')).toBe(json);
});
