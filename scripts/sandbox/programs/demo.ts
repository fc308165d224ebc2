import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alignColumns } from '#agent/console/terminal.ts';
import { AgentProcess } from './agent-process.ts';
import { check, coloured, indent, say, title } from './demo-screen.ts';
import { Payslips } from './demo-payslips.ts';
import { HALF, showTelemetry, telemetryPlan, type Citizen } from './demo-telemetry.ts';
import { seedRegions } from './seed.ts';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { askSocket, askUntil } from './socket-api.ts';

/**
 * `npm run demo`: two regions, one image, the payroll example. Nothing is faked but AWS: the agents are real processes that
 * talk to a strict stand-in over loopback. `--keep` leaves it running with the addresses to try.
 */
const REGIONS = ['us-east-1', 'eu-west-1'] as const;
const SOURCE = 's3://acme-config-{region}/payroll';
const SHOWN = [
  'greeting',
  'db.host',
  'db.url',
  'cache.host',
  'queue.payslips',
  'bucket.documents',
  'mail.endpoint',
  'log.level',
  'workers',
];

async function main(): Promise<void> {
  const logs = mkdtempSync(join(tmpdir(), 'landfall-demo-'));
  const sandbox = await startSandbox();
  const citizens: Citizen[] = [];
  try {
    await tell(sandbox, citizens, (region) => join(logs, region));
  } finally {
    for (const { agent } of citizens) {
      await agent.stop();
      rmSync(agent.base, { recursive: true, force: true });
    }
    await sandbox.close();
    rmSync(logs, { recursive: true, force: true });
  }
}

/** @param citizens are added as they start, so that they can be ended whatever happens. */
async function tell(
  sandbox: Sandbox,
  citizens: Citizen[],
  logFolder: (region: string) => string,
): Promise<void> {
  for (const region of REGIONS) sandbox.addBucket({ name: `acme-config-${region}`, region });
  await seedRegions(sandbox, {
    directory: 'examples/payroll',
    bucket: 'acme-config-{region}',
    prefix: 'payroll',
    regions: REGIONS,
  });
  for (const region of REGIONS) {
    const plan = telemetryPlan(logFolder(region));
    sandbox.putObject(`acme-config-${region}`, 'payroll/environment/prod/plan.yaml', plan);
  }

  title('One image, two regions. Two instances start from ami-payroll; nothing on the image says where.');
  for (const region of REGIONS) {
    const payslips = new Payslips(logFolder(region), region);
    payslips.pay(HALF);
    await launch(sandbox, region, payslips, citizens);
  }
  await showProperties(citizens);
  const europe = citizens[1];
  if (!europe) return;
  await showExplain(europe);
  await showChange(sandbox, citizens, europe);
  await showGuard(sandbox, europe);
  await showOutage(sandbox, europe);
  await showTelemetry(sandbox, citizens);
  showTraffic(sandbox);
  if (process.argv.includes('--keep')) await keep(sandbox, citizens);
}

async function launch(
  sandbox: Sandbox,
  region: string,
  payslips: Payslips,
  citizens: Citizen[],
): Promise<void> {
  const instance = await sandbox.addInstance({
    region,
    imageId: 'ami-payroll',
    tags: { role: 'web', environment: 'prod' },
  });
  const started = performance.now();
  const agent = new AgentProcess({
    command: [process.execPath, 'agent/main.ts'],
    imdsUrl: instance.imdsUrl,
    awsUrl: sandbox.url,
    source: SOURCE,
  });
  const socket = join(agent.base, 'run', 'landfall.sock');
  citizens.push({ region, instanceId: instance.instanceId, agent, socket, payslips });
  if (!(await askUntil(socket, '/readyz', ({ status }) => status === 200)))
    throw new Error(`not ready:\n${agent.stderr}`);
  say(
    `  ${instance.instanceId} in ${region}: ready after ${Math.round(performance.now() - started)} ms, from TypeScript source`,
  );
}

async function showProperties(citizens: readonly Citizen[]): Promise<void> {
  title('What each of them got, from its own region’s S3 (landfall config):');
  for (const { region, socket } of citizens) {
    const { properties } = JSON.parse((await askSocket(socket, '/v1/config')).body) as {
      properties: Record<string, string>;
    };
    const rows = SHOWN.map((key) => [coloured('cyan', key), properties[key] ?? '']);
    say(`  ${coloured('green', region)}\n${indent(indent(alignColumns(rows)))}`);
  }
}

async function showExplain(citizen: Citizen): Promise<void> {
  for (const key of ['workers', 'db.url']) {
    title(`And why: landfall explain ${key}`);
    say(indent((await citizen.agent.cli('explain', key)).stdout));
  }
}

async function showChange(sandbox: Sandbox, citizens: readonly Citizen[], target: Citizen): Promise<void> {
  title(`Somebody sets log.level=ERROR in ${target.region}’s bucket. No restart, no push:`);
  const changed = performance.now();
  sandbox.putObject(
    `acme-config-${target.region}`,
    'payroll/environment/prod/prod.properties',
    'log.level = ERROR\ndb.pool = 40\n',
  );
  const served = await askUntil(target.socket, '/v1/config/log.level', ({ body }) => body === 'ERROR');
  check(served !== undefined, 'a change is served');
  say(`  served after ${Math.round(performance.now() - changed)} ms at a 1 s interval`);
  for (const { region, socket } of citizens) {
    say(`  log.level in ${region}: ${(await askSocket(socket, '/v1/config/log.level')).body}`);
  }
}

async function showGuard(sandbox: Sandbox, citizen: Citizen): Promise<void> {
  title('Somebody copies us-east-1’s database host into eu-west-1’s bucket. It would even answer:');
  const key = 'payroll/region/eu-west-1/endpoints.properties';
  const bucket = `acme-config-${citizen.region}`;
  const good = sandbox.getObject(bucket, key)?.body ?? Buffer.alloc(0);
  sandbox.putObject(
    bucket,
    key,
    Buffer.from(
      good.toString().replace(/^db\.host.*$/m, 'db.host = payroll.c9akciq32abc.us-east-1.rds.amazonaws.com'),
    ),
  );
  const refused = await citizen.agent.cli('refresh');
  check(refused.code === 6, 'a generation that names another region is refused');
  say(indent(refused.stderr));
  const { body } = await askSocket(citizen.socket, '/v1/config/db.host');
  check(body.includes(citizen.region), 'the last good generation stays');
  say(`  db.host is still ${body}`);
  sandbox.putObject(bucket, key, good);
  await citizen.agent.cli('refresh');
}

async function showOutage(sandbox: Sandbox, citizen: Citizen): Promise<void> {
  title('S3 stops answering. Nothing changes but the age (landfall status):');
  const fault = sandbox.faults.add({ service: 's3', effect: 'reset' });
  const stale = await askUntil(citizen.socket, '/v1/config', ({ body }) => body.includes('"stale":true'));
  check(stale !== undefined, 'what is served is called stale while S3 is away');
  say(indent((await citizen.agent.cli('status')).stdout));
  sandbox.faults.remove(fault);
}

function showTraffic(sandbox: Sandbox): void {
  title('Every request, by the region it was signed for and what it asked:');
  const counts = new Map<string, number>();
  for (const { service, region, path } of sandbox.requests.entries) {
    const asked = service === 's3' ? `bucket ${path.split('/')[1]}` : ASKED[service];
    if (asked === undefined) continue;
    const line = `signed for ${region}, ${asked}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  for (const [line, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    say(`  ${line}: ${count} requests`);
}

const ASKED: Readonly<Record<string, string>> = { logs: 'CloudWatch Logs', monitoring: 'CloudWatch' };

async function keep(sandbox: Sandbox, citizens: readonly Citizen[]): Promise<void> {
  title('Left running (--keep). Try, then Ctrl-C:');
  for (const { region, agent } of citizens) {
    say(
      `  LANDFALL_RUN_DIR=${agent.env['LANDFALL_RUN_DIR']} npm exec -- node agent/main.ts status    # ${region}`,
    );
  }
  say(`  curl ${sandbox.url}/_sandbox`);
  await new Promise((resolve) => process.once('SIGINT', resolve));
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? `\n${error.message}` : error);
  process.exitCode = 1;
});
