import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { valueOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';

const EXAMPLE = 'examples/stores';
const README = readFileSync(join(EXAMPLE, 'README.md'), 'utf8');
const SHOWN = shownIn('docs/stores.md', readFileSync('docs/stores.md', 'utf8'));

/** The example in S3, and what its README has put into the stores. */
async function stocked(): Promise<DaemonBench> {
  const bench = await daemonBench();
  for (const path of globSync(`${EXAMPLE}/*/**/*.properties`)) {
    bench.put(path.slice(EXAMPLE.length + 1), readFileSync(path, 'utf8'));
  }
  const puts = README.matchAll(/\$AWS_ENDPOINT_URL(\S+) -d '(.*?)'/gs);
  for (const [, path = '', body = ''] of puts) {
    const put = await fetch(`${bench.sandbox.url}${path}`, { method: 'PUT', body });
    expect(put.status).toBe(200);
  }
  return bench;
}

it('examples/stores is one configuration of four stores, and docs/stores.md shows what is printed of it', async () => {
  const bench = await stocked();
  const layers = /LANDFALL_LAYERS='([^']+)'/.exec(README)?.[1] ?? '';
  const daemon = await bench.daemon({ host: { random: () => 0.5 }, flags: { layers } });
  valueOf(await finish(bench.clock, daemon.booted));
  await bench.clock.advance(120_000);

  const printed = async (...args: readonly string[]): Promise<string> => {
    const cli = commandLine({ LANDFALL_SOCKET: bench.socket.socketPath });
    expect(await finish(bench.clock, cli.run(...args))).toBe(0);
    return cli.out();
  };
  expect(JSON.parse(await printed('config', '--format', 'json'))).toMatchObject({
    properties: {
      'mail.sender': 'noreply@example.com',
      'features.export.enabled': 'true',
      'db.pool.size': '8',
      'web.threads': '16',
    },
  });
  expect(SHOWN.map(({ command }) => command)).toEqual(['landfall explain db.pool.size', 'landfall layers']);
  for (const { command, lines } of SHOWN) {
    const text = (await printed(...command.split(' ').slice(1))).replaceAll(/2m \d+s/g, '2m');
    expect(isPrinted(lines, text), `${command}\n${text}`).toBe(true);
  }
  expect(await printed('status')).toContain('3 followed, 0 not as they should be');
});
