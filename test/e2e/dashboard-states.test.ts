import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import type { StatusDocument } from '#agent/daemon/reporting/status.ts';
import { findChromium, openBrowser } from '../support/chromium.ts';
import { describeUnless } from '../support/unless.ts';
import { openDashboardSite, type DashboardSite } from './dashboard-site.ts';
import { beset, logsBehind } from './dashboard-states.ts';
import { overflow, picture, violations } from './page-look.ts';

const CHROMIUM = findChromium();
const MISSING = 'missing' in CHROMIUM ? CHROMIUM.missing : undefined;

describeUnless(MISSING, 'the dashboard of a machine that is beset', () => {
  let browser: Browser;
  let site: DashboardSite;

  beforeAll(async () => {
    if ('missing' in CHROMIUM) return;
    [browser, site] = await Promise.all([openBrowser(CHROMIUM), openDashboardSite()]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.payroll[Symbol.asyncDispose]();
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('says what is wrong and fits, %s and %i pixels wide', async (colorScheme, width) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    page.setDefaultTimeout(25_000);
    // The agent's own page and answers, but for what would take another region and an hour to come about.
    await page.route('**/v1/status', async (route) => {
      const response = await route.fetch();
      const status = (await response.json()) as StatusDocument;
      const json = { ...status, ...beset(), pipelines: logsBehind(status.pipelines) };
      await route.fulfill({ response, json });
    });
    await page.goto(`http://localhost:${site.citizen.tcp.port}/`);
    await page.getByText('relocated: 4 files').waitFor();
    const said = await page.locator('main').innerText();
    for (const seen of SEEN) expect(said).toMatch(seen);
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    for (const part of ['.notice', '#region', '#telemetry', '#host'])
      await picture(page.locator(part), `beset-${part.slice(1)}-${colorScheme}-${width}`);
    // One that is under way is answered to nobody.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.close();
  });
});

const SEEN: readonly RegExp[] = [
  /came from\s+i-0b1700000000000bb/,
  /\/mnt\/readonly\/payroll\.env/,
  /3 findings/,
  /billing-export \(4121, billing-export\.service\) talks to AMAZON in us-east-1/,
  /2 in trouble/,
  /may not call ssm:GetParameters/,
  /LF_SOURCE_DENIED/,
  /Halted at/,
  /ends in \d+s/,
  /is held since/,
];
