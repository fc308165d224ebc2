import { describe, expect, it } from 'vitest';
import { scanFiles } from '../support/scanning.ts';

async function linesFound(text: string): Promise<readonly number[]> {
  return [...new Set((await scanFiles({ a: text })).findings.map(({ line }) => line))];
}

describe('landfall:allow', () => {
  it.each([
    'region=us-east-1 # landfall:allow us-east-1 billing lives there',
    '# landfall:allow us-east-1 billing lives there\nregion=us-east-1',
    '<!-- landfall:allow us-east-1 billing lives there -->\r\n<r>us-east-1</r>',
    '  // landfall:allow US-EAST-1 billing\n  region: "us-east-1"',
    'image=ami-0abcdef1234567890 # landfall:allow ami-0abcdef1234567890 built by the pipeline',
  ])('excuses its region: %j', async (text) => {
    expect(await linesFound(text)).toEqual([]);
  });

  it.each([
    ['another region', 'region=us-east-1 # landfall:allow eu-west-1 reason', [1]],
    ['the line after the next', '# landfall:allow us-east-1 reason\n\nregion=us-east-1', [3]],
    ['anything without a reason', 'region=us-east-1 # landfall:allow us-east-1', [1]],
    ['anything for a reason of punctuation', '<r>us-east-1</r> <!-- landfall:allow us-east-1 -->', [1]],
    [
      'the line after a line that it belongs to',
      'a=us-east-1 # landfall:allow us-east-1 why\nb=us-east-1',
      [2],
    ],
  ])('does not excuse %s', async (_, text, lines) => {
    expect(await linesFound(text)).toEqual(lines);
  });

  it('is seen where a chunk of 512 KiB ends between the comment and its line', async () => {
    const before = `${'x'.repeat(63)}\n`.repeat(8190);
    for (let more = 60; more < 130; more++) {
      const text = `${before}${'y'.repeat(more)}\n# landfall:allow us-east-1 reason\nregion=us-east-1\n${before}`;
      expect(await linesFound(text)).toEqual([]);
    }
  });

  it('is counted', async () => {
    const { allowed } = await scanFiles({ a: 'region=us-east-1 # landfall:allow us-east-1 reason' });
    // The comment names the region as well.
    expect(allowed.length).toBeGreaterThan(0);
  });
});
