import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import type { StatusDocument } from '#agent/daemon/reporting/status.ts';
import { findChromium, openBrowser } from '../support/chromium.ts';
import { describeUnless } from '../support/unless.ts';
import { EVENT_KINDS } from '#agent/dashboard/page/documents.ts';
import { openDashboardSite, type DashboardSite } from './dashboard-site.ts';
import { beset, logsBehind } from './dashboard-states.ts';
import { harmfulAnswers } from './hostile-answers.ts';
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
    ['light', 3840],
    ['dark', 3840],
  ] as const)('says what is wrong and fits, %s and %i pixels wide', async (colorScheme, width) => {
    const page = await browser.newPage({
      colorScheme,
      viewport: { width, height: width > 2000 ? 2160 : 900 },
    });
    page.setDefaultTimeout(25_000);
    // The agent's own page and answers, but for what would take another region and an hour to come about.
    await page.route('**/v1/status', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: besetOf((await response.json()) as StatusDocument) });
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

  it.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)(
    'is harmed by no text of any answer, nor by a thousand events, %s and %i pixels wide',
    async (colorScheme, width) => {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
      page.setDefaultTimeout(25_000);
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await harmfulAnswers(page, (status) => besetOf(status as StatusDocument), EVENT_KINDS);
      await page.goto(`http://localhost:${site.citizen.tcp.port}/`);
      await page.locator('.property').first().waitFor();
      const events = page.getByRole('list', { name: 'Events, newest first' });
      await events.locator('summary').first().waitFor();
      await events.locator('summary').first().click();
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      for (const part of ['.landing', '#generations'])
        await picture(page.locator(part), `harm-${part.slice(1)}-${colorScheme}-${width}`);
      await page.locator('.property').first().click();
      await page.getByRole('dialog').locator('.story').waitFor();
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await picture(page, `harm-story-${colorScheme}-${width}`);
      await page.keyboard.press('Escape');
      // What lies beneath a wide page is looked at when it is narrow: it is read for ten seconds.
      if (width === 360) expect(await violations(page)).toEqual([]);
      expect(await page.evaluate("['harmed' in globalThis, document.images.length]")).toEqual([false, 0]);
      expect(await page.evaluate("document.querySelectorAll('main svg:not(.chart), script').length")).toBe(1);
      expect(complaints).toEqual([]);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await page.close();
    },
  );
});

function besetOf(status: StatusDocument): StatusDocument {
  return { ...status, ...beset(), pipelines: logsBehind(status.pipelines) };
}

const SEEN: readonly RegExp[] = [
  /came from\s+i-0b1700000000000bb/,
  /\/mnt\/readonly\/payroll\.env/,
  /3 findings/,
  /billing-export \(4121, billing-export\.service\) talks to AMAZON in us-east-1/,
  /2 in trouble/,
  /may not call ssm:GetParameters/,
  /LF_SOURCE_DENIED/,
  /Halted at/,
  /1 of 4 held/,
  /198\.51\.100\.7 address, unconfirmed, confirmed at/,
  /archive volume, waiting at [^]*LF_CLAIM_TAKEN/,
  /i-0a000000000000007 10\.0\.4\.7 in eu-west-1a, left at/,
  /landed/,
  /It is about to go\s+Announced: terminate \(spot\)/,
  /ends in \d+s/,
  /is held since/,
];
