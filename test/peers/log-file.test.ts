import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile } from '#scripts/bench/peers/log-file.ts';
import { numberOf } from '#scripts/bench/peers/seeded-line.ts';

const SEED = 11;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landfall-peers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): LogFile => new LogFile(join(folder, 'app.log'), SEED);
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
const numbersIn = (text: string): readonly (number | undefined)[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => numberOf(SEED, line));

test('renaming moves each file on by one, packed ones too, and goes on in a new one', () => {
  using file = open();
  file.write(2);
  file.rename();
  file.compress();
  file.write(1);
  file.rename();
  file.write(2);
  expect(numbersIn(gunzipSync(readFileSync(join(folder, 'app.log.2.gz'))).toString())).toEqual([0, 1]);
  expect(existsSync(join(folder, 'app.log.1.gz'))).toBe(false);
  expect(numbersIn(textOf('app.log.1'))).toEqual([2]);
  expect(numbersIn(textOf('app.log'))).toEqual([3, 4]);
});

test('copytruncate leaves a copy, and the application goes on at the beginning of its file', () => {
  using file = open();
  file.write(3);
  file.copyTruncate();
  file.write(1);
  expect(numbersIn(textOf('app.log.1'))).toEqual([0, 1, 2]);
  expect(numbersIn(textOf('app.log'))).toEqual([3]);
});

test('deleting leaves only what came after it', () => {
  using file = open();
  file.write(3);
  file.delete();
  file.write(1);
  expect(numbersIn(textOf('app.log'))).toEqual([3]);
});

test('it knows which file a line was written into', () => {
  using file = open();
  file.write(2);
  file.rename();
  file.write(2);
  file.copyTruncate();
  file.delete();
  file.write(1);
  expect([0, 1, 2, 3, 4].map((line) => file.fileOf(line))).toEqual([0, 0, 1, 1, 3]);
});
