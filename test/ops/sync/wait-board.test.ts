import { expect, it } from 'vitest';
import { createWaitBoard } from '#scripts/ops/sync/wait-board.ts';

function boardOn(errIsTerminal: boolean) {
  const said: string[] = [];
  return { said, board: createWaitBoard({ err: (text) => void said.push(text), errIsTerminal }) };
}

/** What a screen shows after all of that: one that knows the two sequences. */
function screenOf(said: readonly string[]): readonly string[] {
  const lines: string[] = [];
  // oxlint-disable-next-line no-control-regex -- the sequences are what is drawn with
  for (const [, up, text] of said.join('').matchAll(/\u001B\[(\d+)A\u001B\[J|([^\n]*)\n/g))
    if (up === undefined) lines.push(text ?? '');
    else lines.splice(-Number(up));
  return lines;
}

it('draws a bar for each copy on a terminal, below what is said, and leaves none', () => {
  const { said, board } = boardOn(true);
  board.waiting('sync_web: us-west-1', 'ami-1', undefined);
  board.waiting('sync_web: eu-west-1', 'ami-2', 57);
  board.tell('sync_db: eu-west-1: copied as rds-1');
  board.waiting('sync_web: us-west-1', 'ami-1', 100);
  expect(screenOf(said)).toEqual([
    'sync_db: eu-west-1: copied as rds-1',
    '[####################] 100 %  sync_web: us-west-1  ami-1',
    '[###########.........]  57 %  sync_web: eu-west-1  ami-2',
  ]);
  board.settled('sync_web: us-west-1');
  board.end();
  expect(screenOf(said)).toEqual(['sync_db: eu-west-1: copied as rds-1']);
});

it('keeps each bar in one line, and lets no name drive the terminal', () => {
  const { said, board } = boardOn(true);
  board.waiting(`sync_${'x'.repeat(100)}`, 'ami-1', 3);
  board.tell('a\u001B[2Jb');
  expect(screenOf(said).map((line) => line.length)).toEqual([13, 79]);
  expect(screenOf(said)[0]).toBe('"a\\u001b[2Jb"');
});

it('says a line each ten percent where there is no terminal', () => {
  const { said, board } = boardOn(false);
  for (const percent of [0, 3, 9, 12, 12, undefined]) board.waiting('sync_web: us-west-1', 'ami-1', percent);
  board.settled('sync_web: us-west-1');
  board.end();
  expect(said).toEqual([
    'sync_web: us-west-1: ami-1 is pending, 0 %\n',
    'sync_web: us-west-1: ami-1 is pending, 10 %\n',
    'sync_web: us-west-1: ami-1 is pending\n',
  ]);
});
