import { setTimeout as sleep } from 'node:timers/promises';
import { alignColumns } from '#agent/console/terminal.ts';
import { isoTime } from '#kit/iso-time.ts';
import type { Sandbox } from '../sandbox.ts';
import type { AgentProcess } from './agent-process.ts';
import type { Payslips } from './demo-payslips.ts';
import { check, coloured, indent, say, title } from './demo-screen.ts';
import { askSocket } from './socket-api.ts';

/** An instance of the demo, with its agent and its application. */
export interface Citizen {
  readonly region: string;
  readonly instanceId: string;
  readonly agent: AgentProcess;
  readonly socket: string;
  readonly payslips: Payslips;
}

const GROUP = '/prod/web/payslips';
const NAMESPACE = 'Payroll/prod';
/** What an application pays before and after the rotation. */
export const HALF = 300;
const PATIENCE_MS = 15_000;

/** The part of plan.yaml that the demo adds to the example: the application of an instance logs below `folder`. */
export function telemetryPlan(folder: string): string {
  return [
    `logs:    { payslips: { path: "${folder}/*.log", group: "/{environment}/{role}/payslips" } }`,
    'metrics: { namespace: "Payroll/{environment}", interval: 1s, collect: [memory], own: false, statsd: "127.0.0.1:0" }',
    '',
  ].join('\n');
}

/** Both applications work at once, so that what is of one region could arrive in the other. */
export async function showTelemetry(sandbox: Sandbox, citizens: readonly Citizen[]): Promise<void> {
  title(`Their application has paid ${HALF} payslips by now. Its log is rotated, and it pays ${HALF} more:`);
  say(indent(telemetryPlan('/var/log/payroll')));
  for (const { payslips } of citizens) payslips.rotate();
  for (const { payslips } of citizens) payslips.pay(HALF);
  for (const citizen of citizens) await citizen.payslips.count(await statsdPort(citizen));
  title('What CloudWatch of each region has of it:');
  for (const citizen of citizens) await showArrived(sandbox, citizen);
  const last = citizens.at(-1);
  if (last) await showLedger(last);
}

async function statsdPort({ socket, region }: Citizen): Promise<number> {
  const port = await until(async () => {
    const { pipelines } = (await statusOf(socket)) as {
      pipelines?: { metrics?: { statsd?: { port?: number } } };
    };
    return pipelines?.metrics?.statsd?.port;
  });
  check(port !== undefined, `statsd listens in ${region}`);
  return port;
}

async function showArrived(sandbox: Sandbox, citizen: Citizen): Promise<void> {
  const { region, instanceId, payslips } = citizen;
  const written = payslips.lines;
  const events = () => sandbox.logs.events(region, GROUP, instanceId);
  const counted = () => figures(sandbox, citizen, 'payslips.paid');
  const total = (): number => counted().reduce((sum, { value }) => sum + value, 0);
  await until(() => (events().length >= written.length && total() >= written.length) || undefined);
  const arrived = events();
  const fault = arrivalFault(
    written,
    arrived.map(({ message }) => message),
  );
  check(fault === undefined, `${region} has what was written there: ${fault}`);
  check(total() === written.length, `${written.length} payslips are counted in ${region}, not ${total()}`);
  const memory = figures(sandbox, citizen, 'MemoryUtilization').at(-1);
  check(memory !== undefined, `the memory of the instance in ${region} is measured`);

  const shown = [0, HALF - 1, HALF, 2 * HALF - 1].flatMap((index) => arrived[index] ?? []);
  const rows = [
    ...shown.map(({ timestamp, message }) => [coloured('dim', isoTime(timestamp)), message]),
    [`${written.length} written`, `${arrived.length} arrived, in order, none twice`],
    [coloured('cyan', 'payslips.paid'), `${total()} ${counted()[0]?.unit}, in ${NAMESPACE}`],
    [coloured('cyan', 'MemoryUtilization'), `${memory.value.toFixed(1)} ${memory.unit}`],
  ];
  say(`  ${coloured('green', region)}  ${GROUP}  ${instanceId}\n${indent(indent(alignColumns(rows)))}`);
}

interface Figure {
  readonly value: number;
  readonly unit: string;
}

/** Figures of one metric of one instance, as the region's CloudWatch took them. */
function figures(sandbox: Sandbox, { region, instanceId }: Citizen, metric: string): readonly Figure[] {
  return sandbox.metrics.data
    .filter(
      (datum) =>
        datum.name === metric &&
        datum.namespace === NAMESPACE &&
        datum.region === region &&
        datum.dimensions['InstanceId'] === instanceId,
    )
    .flatMap(({ values, counts, unit }) =>
      values.flatMap((value, index) => Array.from({ length: counts[index] ?? 1 }, () => ({ value, unit }))),
    );
}

interface Amount {
  readonly events: number;
}

interface Ledger {
  readonly read: Amount;
  readonly acknowledged: Amount;
  readonly filtered: Amount;
  readonly quarantined: Amount;
  readonly inFlight: Amount;
  readonly rejected: Readonly<Record<string, Amount>>;
  readonly lost: Readonly<Record<string, Amount>>;
}

async function showLedger({ region, agent, socket, payslips }: Citizen): Promise<void> {
  const written = payslips.lines.length;
  const ledger = await until(async () => {
    const status = (await statusOf(socket)) as {
      pipelines?: { logs?: { entries: readonly { ledger: Ledger }[] } };
    };
    const found = status.pipelines?.logs?.entries[0]?.ledger;
    return found && found.read.events === written && found.inFlight.events === 0 ? found : undefined;
  });
  check(ledger !== undefined, `${written} lines are read in ${region}, and none is under way any more`);
  const { acknowledged, filtered, quarantined, inFlight } = ledger;
  const parts = {
    acknowledged: acknowledged.events,
    filtered: filtered.events,
    rejected: eventsOf(ledger.rejected),
    quarantined: quarantined.events,
    lost: eventsOf(ledger.lost),
    'in flight': inFlight.events,
  };
  const all = Object.values(parts).reduce((sum, events) => sum + events, 0);
  check(all === ledger.read.events && acknowledged.events === written, `the ledger of ${region} adds up`);
  title(`And the ledger of ${region} adds up (landfall logs status):`);
  say(indent((await agent.cli('logs', 'status')).stdout));
  const terms = Object.entries(parts).map(([name, events]) => `${events} ${name}`);
  say(`  ${ledger.read.events} read = ${terms.join(' + ')}`);
}

function eventsOf(amounts: Readonly<Record<string, Amount>>): number {
  return Object.values(amounts).reduce((sum, { events }) => sum + events, 0);
}

async function statusOf(socket: string): Promise<unknown> {
  return JSON.parse((await askSocket(socket, '/v1/status')).body);
}

/** Asks until there is an answer; undefined when that takes too long. */
async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T | undefined> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(20)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** What is wrong with what arrived of a log, so that a claim about it can fail; undefined when it is the same, line by line. */
export function arrivalFault(written: readonly string[], arrived: readonly string[]): string | undefined {
  const known = new Set(written);
  const strange = arrived.find((line) => !known.has(line));
  if (strange !== undefined) return `"${strange}" arrived and was never written`;
  const there = new Set(arrived);
  const missing = written.filter((line) => !there.has(line));
  if (missing.length > 0) return `${missing.length} lines are missing, the first is "${missing[0]}"`;
  if (arrived.length > there.size) return `${arrived.length - there.size} lines came twice`;
  const swapped = written.find((line, index) => arrived[index] !== line);
  return swapped === undefined ? undefined : `"${swapped}" is not in its place`;
}
