import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findChromium, openBrowser } from '../support/chromium.ts';
import { describeUnless } from '../support/unless.ts';
import { newBase, type Citizen } from './citizen.ts';
import { overflow, picture, violations } from './page-look.ts';
import { Payroll, REGION } from './payroll.ts';

const CHROMIUM = findChromium();
const MISSING = 'missing' in CHROMIUM ? CHROMIUM.missing : undefined;
const OLD = 'us-east-1';
const OLD_ID = 'i-0a000000000000bad';
const TAGS = { role: 'web', environment: 'prod' };
const MEMBERS = 'peers/prod/web';

/** What a life in a region leaves on its disk, and what it has there: everything that a page can show of it, by the real agent. */
function contentsOf(region: string, base: string) {
  return {
    'base/app.properties': `db.host=payroll.c9akciq32abc.${region}.rds.amazonaws.com\nlanding=<b>${region}</b>\n`,
    'base/plan.yaml': [
      `templates: { app: { source: templates/app.conf, target: ${base}/srv/app.conf } }`,
      'peers: { every: 5s }',
      'claims: { address: { tag: "service=payroll", timeout: 5s } }',
      `logs: { all: { path: "${base}/log/*.log", group: "/payroll" } }`,
      '',
    ].join('\n'),
    'base/templates/app.conf': 'host = {{ db.host }}\n',
  };
}

describeUnless(MISSING, 'the dashboard of a disk that has landed', () => {
  let browser: Browser;
  let payroll: Payroll;
  let citizen: Citizen;

  beforeAll(async () => {
    if ('missing' in CHROMIUM) return;
    const base = newBase();
    for (const folder of ['srv', 'log']) mkdirSync(join(base, folder));
    [browser, payroll] = await Promise.all([
      openBrowser(CHROMIUM),
      Payroll.open({ files: contentsOf(REGION, base), instance: { tags: TAGS } }),
    ]);
    const { sandbox } = payroll;
    for (const region of [OLD, REGION]) sandbox.addresses.allocate(region, { service: 'payroll' });
    sandbox.addBucket({ name: `acme-config-${OLD}`, region: OLD });
    for (const [path, text] of Object.entries(contentsOf(OLD, base)))
      sandbox.putObject(`acme-config-${OLD}`, `payroll/${path}`, text);
    const old = await payroll.launchAgain({ region: OLD, instanceId: OLD_ID, tags: TAGS });
    const before = await payroll.run({ base, imdsUrl: old.imdsUrl });
    await before.kill();
    for (const number of [1, 2])
      payroll.put(`${MEMBERS}/i-0b000000000000000${number}/${REGION}a/10.0.7.${number}`, '{}\n');
    citizen = await payroll.run({ base });
  });
  afterAll(async () => {
    await browser?.close();
    await payroll?.[Symbol.asyncDispose]();
  });

  it.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)('says what the fence found, %s and %i pixels wide', async (colorScheme, width) => {
    const page = await look(colorScheme, width);
    const fence = page.getByRole('region', { name: 'Fence' });
    await fence.getByText('came from').waitFor();
    const said = await fence.innerText();
    expect(said).toMatch(/relocated: \d+ files? of another region or account removed/);
    expect(said).toContain(OLD_ID);
    expect(said).toMatch(/srv\/app\.conf rendered, foreign: purged/);
    expect(said).not.toContain(OLD);
    await page.getByText('This disk came from elsewhere').waitFor();
    expect(await page.getByRole('region', { name: 'Claims' }).innerText()).toMatch(
      /1 held[^]*address, held, confirmed/,
    );
    await picture(fence, `landed-fence-${colorScheme}-${width}`);
    await picture(page.locator('#host'), `landed-host-${colorScheme}-${width}`);
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.close();
  });

  it('says who is online and who has left', async () => {
    const page = await look('dark', 1280);
    const peers = page.getByRole('region', { name: 'Peers' });
    await peers.getByText('i-0b0000000000000002').waitFor();
    payroll.put(`${MEMBERS}/i-0b0000000000000002/${REGION}a/10.0.7.2`, '');
    await peers.getByText(/10\.0\.7\.2 in eu-west-1a, left at/).waitFor();
    expect(await peers.innerText()).toMatch(/1 online[^]*i-0b0000000000000001 10\.0\.7\.1 in eu-west-1a/);
    await picture(peers, 'landed-peers');
    await page.close();
  });

  it('knows whose the disk was after a restart, when nothing is foreign on it any more', async () => {
    await citizen.kill();
    citizen = await payroll.restart(citizen).ready();
    const page = await look('light', 1280);
    const fence = page.getByRole('region', { name: 'Fence' });
    await fence.getByText('the disk was of').waitFor();
    const said = await fence.innerText();
    expect(said).toMatch(
      new RegExp(`landed before[^]*nothing foreign found[^]*the disk was of\\s+${OLD_ID}`),
    );
    await picture(fence, 'landed-restarted');
    await page.close();
  });

  async function look(colorScheme: 'light' | 'dark', width: number) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    page.setDefaultTimeout(45_000);
    await page.goto(`http://localhost:${citizen.tcp.port}/`);
    await page.locator('.landing .figures').waitFor();
    return page;
  }
});
