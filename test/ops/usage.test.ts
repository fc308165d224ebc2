import { describe, expect, it } from 'vitest';
import { opsBench } from './ops-bench.ts';

describe('landfall-ops', () => {
  it.each([[['nonsense', '--help']], [['--help', 'nonsense']], [['nonsense']]])(
    'knows no %j, with or without --help',
    async (args) => {
      const ran = await (await opsBench()).run(...args);
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err).toContain("unknown command 'nonsense'");
    },
  );

  it('has help for itself and each command', async () => {
    const bench = await opsBench();
    expect(await bench.run('--help')).toMatchObject({ code: 0, err: '' });
    expect(await bench.run('lint', '--help')).toMatchObject({ code: 0, err: '' });
  });
});
