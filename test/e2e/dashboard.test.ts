import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findChromium, openBrowser } from '../support/chromium.ts';
import { describeUnless } from '../support/unless.ts';
import type { Citizen } from './citizen.ts';
import { HOSTILE, openDashboardSite, release, type DashboardSite } from './dashboard-site.ts';
import { overflow, picture, violations } from './page-look.ts';
import { Payroll } from './payroll.ts';

const CHROMIUM = findChromium();
const MISSING = 'missing' in CHROMIUM ? CHROMIUM.missing : undefined;

describeUnless(MISSING, 'the dashboard in Chromium', () => {
  let browser: Browser;
  let site: DashboardSite;
  let hostile: Payroll;
  let crowded: Citizen;

  beforeAll(async () => {
    if ('missing' in CHROMIUM) return;
    [browser, site, hostile] = await Promise.all([
      openBrowser(CHROMIUM),
      openDashboardSite(),
      Payroll.open({ files: HOSTILE }),
    ]);
    crowded = hostile.start();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.payroll[Symbol.asyncDispose]();
    await hostile?.[Symbol.asyncDispose]();
  });

  it('shows who and where it is, and asks nobody else', async () => {
    const { page, asked, complaints } = await look(site.citizen);
    await page.getByRole('heading', { name: 'eu-west-1' }).waitFor();
    await page.locator('.property').first().waitFor();
    expect(await page.title()).toBe('eu-west-1 \u00b7 Ready \u00b7 Landfall');
    const text = await page.locator('main').innerText();
    for (const seen of ['i-00000000000000001', '123456789012', 'role/web', 'month end', 'payroll/db', '600'])
      expect(text).toContain(seen);
    // What it waits for, and what the guard hints at.
    expect(text).toMatch(/the rollout of 20261201T0400Z-payroll/i);
    expect(text).toMatch(/archive\.bucket\s+us-east-1/);
    expect(text).not.toContain('hunter2Zebra99');
    await picture(page, 'ready');
    expect([...new Set(asked.map((url) => new URL(url).host))]).toEqual([
      `localhost:${site.citizen.tcp.port}`,
    ]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('tells the story of a value to who has no mouse, and gives the focus back', async () => {
    const { page } = await look(site.citizen);
    await page.locator('.property').first().waitFor();
    await page.locator('#search').fill('jdbc');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog', { name: 'db.url' });
    await sheet.getByText('base app.properties:5').waitFor();
    expect(await sheet.innerText()).toContain('payroll.d0blckr43xyz.eu-west-1.rds.amazonaws.com');
    await picture(page, 'story');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.role')).toBe('listbox');
    await page.context().close();
  });

  it.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)(
    'is accessible and fits, %s and %i pixels wide, also beside a story',
    async (colorScheme, width) => {
      const { page } = await look(site.citizen, { colorScheme, viewport: { width, height: 900 } });
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await picture(page, `ready-${colorScheme}-${width}`);
      await page.locator('.property').first().click();
      await page.locator('.story').waitFor();
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await page.context().close();
    },
  );

  it('fills a wall', async () => {
    const { page } = await look(site.citizen, { viewport: { width: 3840, height: 2160 } });
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    const { width = 0 } = (await page.locator('main').boundingBox()) ?? {};
    expect(width).toBeGreaterThan(3000);
    await picture(page, 'ready-light-3840');
    await page.context().close();
  });

  it('moves nothing for who wants that', async () => {
    const { page } = await look(site.citizen, { reducedMotion: 'reduce' });
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
    await page.context().close();
  });

  it('follows what happens, compares any two generations, and takes orders with the token alone', async () => {
    const { citizen, payroll } = site;
    const { page, asked } = await look(citizen);
    await page.locator('#search').fill('app.version');
    release(payroll, citizen.base, 4);
    await page.locator('.property .value').getByText('4', { exact: true }).waitFor();
    await page.getByText(/^Generation \d+ is active, release 20261201T0400Z-payroll/).waitFor();
    await page.getByRole('combobox', { name: /^From/ }).selectOption('1');
    const difference = page.getByRole('region', { name: /^Difference from generation 1/ });
    await difference.getByText('db.pool').waitFor();
    expect((await difference.innerText()).replaceAll(/\s+/g, ' ')).toMatch(
      /db\.pool 20 80 .*templates\.nginx/,
    );

    await page.locator('#search').fill('db.password');
    await unlock(page, 'not the token');
    await page.getByText('LF_UNAUTHORIZED').waitFor();
    expect(await page.locator('.property').innerText()).toContain('redacted');
    await page.getByLabel('Token').fill(citizen.token);
    await page.keyboard.press('Enter');
    await page.locator('.property').getByText('hunter2Zebra99').waitFor();

    const card = page.getByRole('region', { name: 'Overrides' });
    const { x = 0, width = 0 } = (await card.boundingBox()) ?? {};
    const field = (await card.getByLabel('For').boundingBox()) ?? { x: 0, width: 0 };
    expect(field.x + field.width).toBeLessThan(x + width);
    await card.getByLabel('Key').fill('log.level');
    await card.getByLabel('Value').fill('DEBUG');
    await card.getByLabel('Reason').fill('looking into it');
    await card.getByRole('button', { name: 'Override' }).click();
    await card.getByText('looking into it').waitFor();
    await citizen.serves('log.level', 'DEBUG');
    await card.getByRole('button', { name: 'End it: log.level' }).click();
    await card.getByText('looking into it').waitFor({ state: 'detached' });
    await citizen.serves('log.level', 'WARN');
    expect(asked.join('\n')).not.toContain(citizen.token);
    const kept = await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]');
    expect(kept).toEqual([0, 0, '']);
    await page.context().close();
  });

  it('leaves the connections of a browser to its other tabs while nobody sees it', async () => {
    const { page } = await look(site.citizen);
    for (let tab = 2; tab <= 8; tab += 1) {
      const before = page.context().pages().at(-1);
      // What a browser does when another tab is brought to the front; under playwright each page believes to be there.
      await before?.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true }); document.dispatchEvent(new Event('visibilitychange'))",
      );
      const next = await page.context().newPage();
      await next.goto(page.url());
      await next.locator('.landing .figures').waitFor();
    }
    expect(page.context().pages()).toHaveLength(8);
    await page.context().close();
  });

  it('is harmed by no value, and draws a few of fifty thousand keys', async () => {
    await crowded.ready(50_000);
    const { page, complaints } = await look(crowded);
    await page.getByText('50,009 in effect').waitFor();
    expect(await page.locator('.property').count()).toBeLessThan(60);
    const harm = () => page.evaluate("['harmed' in globalThis, 'polluted' in {}, document.images.length]");
    expect(await page.locator('.property').first().innerText()).toContain('<img src=x onerror=alert(1)>');
    await picture(page, 'many');
    await page.locator('.property-list').press('End');
    await page.getByText('many.key49999').waitFor();
    await page.locator('#search').fill('bidi');
    await page.locator('.property').getByText('U+202E').waitFor();
    await page.locator('#search').fill('huge');
    await page.locator('.property').click();
    const sheet = page.getByRole('dialog');
    await sheet.getByText('1,000,000 characters').waitFor();
    expect((await sheet.innerText()).length).toBeLessThan(30_000);
    expect(await harm()).toEqual([false, false, 0]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says what is refused and why, what it cannot follow, and that nobody is there any more', async () => {
    const payroll = await Payroll.open();
    try {
      const citizen = await payroll.run();
      const { page } = await look(citizen);
      payroll.put(
        'base/app.properties',
        'db.host=payroll.c9akciq32abc.us-east-1.rds.amazonaws.com\nlog.level=INFO\nworkers=2\n',
      );
      await page.getByText('What is new was refused, whole').waitFor();
      expect(await page.locator('.notice').innerText()).toMatch(/us-east-1[^]*LF_REGION_FOREIGN/);
      expect(await page.getByRole('region', { name: 'Guard' }).innerText()).toContain('1 finding');
      await picture(page, 'refused');
      expect(await violations(page)).toEqual([]);
      payroll.sandbox.faults.add({ service: 's3', effect: 'reset' });
      await page.getByText('LF_SOURCE_UNREACHABLE').first().waitFor();
      await picture(page, 'stale');
      await citizen.kill();
      await page.getByText('The agent does not answer').waitFor();
      await picture(page, 'lost');
      await page.context().close();
    } finally {
      await payroll[Symbol.asyncDispose]();
    }
  });

  it('says what a first boot waits for, and since when', async () => {
    const files = {
      'base/app.properties': 'a=1\n',
      'base/plan.yaml': 'scripts: { 10-packages: { run: scripts/packages.sh, timeout: 5m } }\n',
      'base/scripts/packages.sh': '#!/bin/sh\nexec sleep 60\n',
    };
    const payroll = await Payroll.open({ files });
    try {
      const citizen = payroll.start();
      await citizen.until('/v1/status', ({ text }) => text.includes('scripts.10-packages'));
      const { page } = await look(citizen);
      await page.getByText('It is on its way').waitFor();
      expect(await page.locator('.notice').innerText()).toMatch(
        /At scripts\.10-packages for \d+s, until .* at the latest/,
      );
      await picture(page, 'waiting');
      expect(await violations(page)).toEqual([]);
      await page.context().close();
    } finally {
      await payroll[Symbol.asyncDispose]();
    }
  });

  /** Until its context is closed. */
  async function look(citizen: Citizen, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(25_000);
    const page = await context.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => complaints.push(dialog.message()));
    await page.goto(`http://localhost:${citizen.tcp.port}/`);
    await page.locator('.landing .figures').waitFor();
    return { page, asked, complaints };
  }
});

async function unlock(page: Page, token: string): Promise<void> {
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
}
