// A host with a network of its own, in which addresses of us-east-1 answer: run it as `unshare --net node test/e2e/leak-world.ts`. Prints
// what was seen as JSON. No packet leaves the namespace.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { findChromium, openBrowser } from '../support/chromium.ts';
import type { Citizen } from './citizen.ts';
import { picture, violations } from './page-look.ts';
import { Payroll } from './payroll.ts';

/** Of us-east-1, as the table says. */
const FAR = '52.94.133.131';

execFileSync('ip', ['link', 'set', 'lo', 'up']);
execFileSync('ip', ['addr', 'add', `${FAR}/32`, 'dev', 'lo']);
const server = createServer((socket) => socket.on('error', () => {})).listen(443, FAR);
await once(server, 'listening');

/** The application of the machine that was copied: its host was baked in, where no configuration sees it. */
const copied = (): ChildProcess =>
  spawn('bash', ['-c', `exec 3<>/dev/tcp/${FAR}/443 && exec sleep 600`], { stdio: 'ignore' });

/** Waits for findings; milliseconds until they were there. */
async function told(citizen: Citizen, isTold: (text: string) => boolean): Promise<number> {
  const since = performance.now();
  await citizen.until('/v1/status', ({ text }) => isTold(text));
  return performance.now() - since;
}

/** What the dashboard says of leaks, and what axe finds there; null where no browser can be had. */
async function onThePage({ tcp }: Citizen): Promise<{ said: string; violations: readonly string[] } | null> {
  const chromium = findChromium();
  if ('missing' in chromium) return null;
  const browser = await openBrowser(chromium);
  const page = await browser.newPage({ colorScheme: 'dark', viewport: { width: 360, height: 900 } });
  await page.goto(`http://localhost:${tcp.port}/`);
  const card = page.getByRole('region', { name: 'Leaks' });
  await card.getByText('1 finding').waitFor();
  await picture(card, 'leaks-found');
  const seen = { said: await card.innerText(), violations: await violations(page) };
  await browser.close();
  return seen;
}

const FOUND = '"kind":"socket"';
const payroll = await Payroll.open();
payroll.put('ip-ranges.json', readFileSync(new URL('../region/fixtures/ip-ranges.json', import.meta.url)));
payroll.put('base/plan.yaml', 'leaks: { mode: warn }\n');
const citizen = await payroll.run({ env: { LANDFALL_INTERVAL: '1s' } });
await told(citizen, (text) => text.includes('"state":"watching"'));
const clean = await citizen.cli('leaks');
const application = copied();
const foundAfterMs = await told(citizen, (text) => text.includes(FOUND));
const leaks = await citizen.cli('leaks');
const doctor = await citizen.cli('doctor');
const metrics = (await citizen.ask('/metrics')).text;
const readyInWarn = (await citizen.ask('/readyz')).status;
const page = await onThePage(citizen);
payroll.put('base/plan.yaml', 'leaks: { mode: refuse }\n');
const refused = await citizen.until('/readyz', ({ status: code }) => code === 503);
payroll.put(
  'base/plan.yaml',
  'leaks: { mode: refuse, allow: [{ region: us-east-1, process: sleep, reason: "the old ledger" }] }\n',
);
await citizen.until('/readyz', ({ status: code }) => code === 200);
const excused = await citizen.cli('leaks');
application.kill('SIGKILL');
const { stderr } = citizen.agent;
console.log(
  JSON.stringify({
    pid: application.pid,
    clean,
    foundAfterMs,
    leaks,
    doctor: {
      code: doctor.code,
      lines: doctor.stdout.split('\n').filter((line) => line.includes('LF_REGION_LEAK')),
    },
    metrics: metrics.split('\n').filter((line) => line.startsWith('landfall_leaks')),
    readyInWarn,
    page,
    refused: refused.text,
    excused,
    told: stderr.split('\n').filter((line) => line.includes('leads to another region')),
  }),
);
await payroll[Symbol.asyncDispose]();
server.close();
process.exit(0);
