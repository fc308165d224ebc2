import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { loopbackServer } from '../support/loopback-server.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { SwapStage, SwapWorld, type SwapRan } from './swap-stage.ts';

const moto = await startMoto();
if (!moto) console.error(MOTO_IS_MISSING);
const stage = moto ? await SwapStage.open(moto) : undefined;
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await moto?.stop();
});

/** Examples of a page, each without the `$` line that asked for it. Columns are as wide as ids are: blanks count once. */
function examplesOf(page: string): readonly string[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```\n\$ (?:[^\n]*\\\n)*[^\n]*\n([^`]*)```$/gm);
  return [...blocks].map(([, text = '']) => narrow(text));
}

function narrow(text: string): string {
  return text.replaceAll(/ {2,}/g, '  ').trimEnd();
}

it.skipIf(!stage)('docs/swap.md shows what the command prints', async () => {
  if (!stage) return;
  const world = await SwapWorld.make(stage);
  const [one = '', two = ''] = world.volumes;
  let well = true;
  await using green = await loopbackServer((_, response) => response.writeHead(well ? 200 : 503).end());
  const names = new Map([
    [world.blue, 'i-0b1e'],
    [world.green, 'i-09ee'],
    [world.address, 'eipalloc-0add'],
    [world.ip, '203.0.113.7'],
    [one, 'vol-0da7a'],
    [two, 'vol-01095'],
    [green.url.href, 'http://10.0.1.9/healthz'],
  ]);
  const printed = ({ out, err }: SwapRan): string => {
    let text = err + out;
    // As a terminal shows it: what is done, the result, then what failed.
    const failed = err.split('\n').filter((line) => line.startsWith('landfall-ops:'));
    for (const line of failed) text = `${text.replace(`${line}\n`, '')}${line}\n`;
    for (const [id, name] of names) text = text.replaceAll(id, name);
    return narrow(text);
  };
  const plain = world.args('--probe', green.url.href).filter((word) => word !== '--json');
  const examples = examplesOf('docs/swap.md');
  const shown: string[] = [];
  shown.push(printed(await stage.run([...plain, '--plan'])));
  shown.push(printed(await stage.run(plain)));
  shown.push(printed(await stage.run(world.pair('--rollback').filter((word) => word !== '--json'))));
  stage.acted = (action) => (well &&= action !== 'AssociateAddress');
  shown.push(printed(await stage.run(plain)));
  expect(examples).toEqual(shown);
});
