import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { vendorImage } from '../support/vendor-image.ts';

const DOCS = readFileSync('docs/scan.md', 'utf8');

/** The lines that a block of docs/scan.md shows under this command, but for what it leaves out. */
function shown(command: string): readonly string[] {
  const [, block = ''] = DOCS.split(`    $ ${command}\n`);
  const lines = block.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('    '));
  return lines
    .slice(0, end)
    .map((line) => line.trim())
    .filter((line) => line !== '...');
}

it('docs/scan.md shows what a scan of other people’s files prints', async () => {
  const image = vendorImage();
  const cli = commandLine();
  await cli.run('scan', image);
  const printed = cli.out().replaceAll(image, 'image').replaceAll(/ {2,}/g, '  ').split('\n');
  const lines = shown('landfall scan image');
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(printed).toContain(line);
});
