import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readHostLines,
  withHostLines,
  withoutHostLines,
  type HostLine,
} from '../../config-service/store/fence/host-lines.ts';
import { ELSEWHERE, HERE, SIBLING } from '../support/sealing.ts';

const THEIRS = '127.0.0.1 localhost\n\n# of the image\n10.0.0.9\tntp ntp.internal # kept\n';
const UNTIL = Date.parse('2026-12-24T18:00:00Z');
const DB: HostLine = { address: '10.0.1.7', names: ['db.internal', 'db'], until: UNTIL };
const all = () => true;

describe('lines in a file of host names', () => {
  it('stand at its end, each marked, and are comments to whoever resolves', () => {
    expect(withHostLines(THEIRS, HERE, [DB])).toMatch(
      /^127[^]*# kept\n10\.0\.1\.7\tdb\.internal db # landfall [0-9a-f]{8}-[0-9a-f]{8} until 2026-12-24T18:00:00\.000Z\n$/,
    );
  });

  it('are read back with whose they are', () => {
    const text = withHostLines(THEIRS, SIBLING, [DB]);
    const { marked, others } = readHostLines(text, SIBLING);
    expect(marked).toEqual([{ ...DB, kinship: 'same' }]);
    expect(others).toEqual([
      { address: '127.0.0.1', names: ['localhost'], line: 1 },
      { address: '10.0.0.9', names: ['ntp', 'ntp.internal'], line: 4 },
    ]);
    expect(readHostLines(text, HERE).marked[0]?.kinship).toBe('other-instance');
    expect(readHostLines(text, ELSEWHERE).marked[0]?.kinship).toBe('foreign');
    expect(readHostLines(text, { ...SIBLING, imageId: 'ami-2' }).marked[0]?.kinship).toBe('other-instance');
  });

  it('go wherever others have moved them, and whatever others wrote between them stays', () => {
    const text = withHostLines(THEIRS, HERE, [DB, { ...DB, names: ['x'] }]);
    const moved = `${text.split('\n').toReversed().join('\n')}\n10.9.9.9 new\n`;
    const left = withoutHostLines(moved, HERE, all);
    expect(left).toContain('10.9.9.9 new\n');
    expect(left).not.toContain('db.internal');
    for (const line of THEIRS.split('\n')) expect(left.split('\n')).toContain(line);
  });

  it('are lines of their own where the file did not end in one, and nobody else’s word is taken for a mark', () => {
    expect(withHostLines('10.0.0.1 a', HERE, [DB])).toMatch(/^10\.0\.0\.1 a\n10\.0\.1\.7/);
    for (const line of ['1.1.1.1 a # landfall', '1.1.1.1 a # landfall by hand', '# landfall is below'])
      expect(withoutHostLines(`${line}\n`, HERE, all)).toBe(`${line}\n`);
  });

  it('leave every byte of the others as it was, whatever that is', () => {
    assert(
      property(
        string({ unit: 'binary' }),
        array(constantFrom(DB, { ...DB, names: ['b'] })),
        (text, lines) => {
          const theirs = `${text.replaceAll('# landfall', '')}\n`;
          expect(withHostLines(withHostLines(theirs, ELSEWHERE, lines), HERE, [])).toBe(theirs);
        },
      ),
    );
  });
});
