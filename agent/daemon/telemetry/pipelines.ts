import type { Facts, Landing, LayerContent } from '#config-service';
import type { Closable } from '#kit/lifecycle.ts';
import type { Fault } from '#kit/errors.ts';
import type { Family } from '#kit/metric-family.ts';
import { createSerial } from '#kit/serial.ts';
import type { LogShipper } from '../../logs/log-shipper.ts';
import type { LogsDocument, WaitingEntry } from '../../logs/shipper-status.ts';
import { createCommandOutput, type CommandOutput } from '../../logs/output/command-output.ts';
import type { MetricsPipeline } from '../../metrics/metrics-pipeline.ts';
import type { MetricsDocument } from '../../metrics/metrics-report.ts';
import type { RegionalClients } from '../../aws/regional-clients.ts';
import { memberOf, type PlanNode } from '../../plan/plan-node.ts';
import type { Plan } from '../../plan/plan.ts';
import { faultFields } from '../runtime/fault-fields.ts';
import type { Host } from '../runtime/host.ts';
import type { StateStore } from '../runtime/state-store.ts';
import type { RelayLogger } from '../runtime/relay-logger.ts';

export interface PipelinesParts {
  /** With a logger whose records are not shipped: trouble with shipping must not feed itself. */
  readonly host: Host;
  readonly relay: RelayLogger;
  readonly clients: Pick<RegionalClients, 'aws'>;
  readonly memory: Pick<StateStore, 'records' | 'stamped'>;
  /** How the disk came to this instance. */
  readonly landing: Landing | undefined;
  readonly readPlan: (layers: readonly LayerContent[]) => Plan;
  readonly facts: () => Facts | undefined;
  /** By which the metadata service knows this instance; undefined when it does not say. Asked for only when a name needs it. */
  readonly hostname: () => Promise<string | undefined>;
  readonly ownFamilies: () => readonly Family[];
  /** False in a bootstrap: what cannot be read again is kept for the daemon that comes after it, and nothing else is done. */
  readonly ships: boolean;
}

/** What of the pipelines waits for a tag that this instance does not carry. */
export interface MissingTags {
  /** Entries of `logs`. */
  readonly logs: readonly WaitingEntry[];
  /** What a name of `metrics` asks for. */
  readonly metrics: string | undefined;
}

/** `pipelines` of the status. */
export interface PipelinesDocument {
  readonly logs?: LogsDocument;
  readonly metrics?: MetricsDocument;
  /** Sections of the plan that are not followed, and why. */
  readonly refused?: Readonly<Record<string, Pick<Fault, 'code' | 'cause' | 'hint'>>>;
}

/** Logs and metrics, as the plan in effect says. Nothing of them is loaded until a plan asks for it. */
export interface Pipelines extends Closable {
  /** Called after each check with what is in effect; cheap when that is what it was. */
  follow(layers: readonly LayerContent[] | undefined): void;
  /** What a script or hook printed, without secrets. */
  output(label: string, stream: 'stdout' | 'stderr', line: string): void;
  /** What is wrong with the sections of these plans, so that a generation can be refused for it. */
  judge(layers: readonly LayerContent[]): Promise<Fault | undefined>;
  /** Cheap: asked for with each check. */
  missingTags(): MissingTags;
  /** `pipelines` of the status. */
  status(): PipelinesDocument;
  /** For `GET /metrics`. */
  families(): readonly Family[];
  /** Sends what there is within so many milliseconds, and goes on: who leaves may come back, and until then things are said. */
  flush(deadlineMs: number): Promise<void>;
  /** Sends what there is within so many milliseconds, and ends; what is not sent is kept for the next start. */
  drain(deadlineMs: number): Promise<void>;
}

/** What logs and metrics have in common once they run. */
interface TelemetryPipeline {
  families(): readonly Family[];
  flush(deadlineMs: number): Promise<void>;
  drain(deadlineMs: number): Promise<unknown>;
}

/** Time to send what is left, out of the 5 s that a stop may take. */
const CLOSE_MS = 2500;

export function createPipelines(parts: PipelinesParts): Pipelines {
  const { host, relay, clients, memory, landing, readPlan, facts, hostname, ownFamilies, ships } = parts;
  const { clock, random, logger } = host;
  let followed: { readonly layers: readonly LayerContent[]; readonly facts: string } | undefined;
  let metrics: MetricsPipeline | undefined;
  let logs: LogShipper | undefined;
  let printed: CommandOutput | undefined;
  const running = (): readonly TelemetryPipeline[] => [logs, metrics].filter((one) => one !== undefined);
  const output = (): CommandOutput => (printed ??= createCommandOutput(memory.records('output'), clock));

  const followLogs = async (plan: Plan, known: Facts): Promise<Fault | undefined> => {
    if (plan.logs.length > 0 && !logs) {
      const { openLogShipper } = await import('./log-pipeline.ts');
      logs = openLogShipper(clients.aws, memory, output(), host, logger, landing, (sample) =>
        metrics?.observe(sample),
      );
      relay.through(logs.ownLog.tee(logger));
    }
    if (!logs) await printed?.discard();
    const done = await logs?.reconfigure(plan.logs, await withHostname(plan, known));
    return done === undefined || done.kind === 'ok' ? undefined : done.fault;
  };
  const withHostname = async (plan: Plan, known: Facts): Promise<Facts> => {
    if (!plan.logs.some(({ settings }) => namesHostname(settings))) return known;
    const name = await hostname();
    // Its entries wait meanwhile, and the next check asks again.
    if (name === undefined) followed = undefined;
    return { ...known, hostname: name };
  };
  let troubles: Readonly<Record<string, Fault>> = {};
  const serial = createSerial();

  /** The plan that the process began with is being followed. */
  let isFirst = true;

  const followMetrics = async (plan: Plan, known: Facts): Promise<Fault | undefined> => {
    if (plan.metrics === undefined && metrics === undefined) return undefined;
    if (!metrics) {
      const { createMetricsPipeline } = await import('../../metrics/metrics-pipeline.ts');
      metrics = createMetricsPipeline({
        aws: clients.aws,
        spool: memory.records('metrics'),
        clock,
        random,
        logger,
        facts: () => facts() ?? known,
        sinceStart: isFirst,
        ownFamilies: () => [...ownFamilies(), ...(logs?.families() ?? [])],
      });
    }
    const done = await metrics.reconfigure(plan.metrics);
    return done.kind === 'ok' ? undefined : done.fault;
  };

  const change = async (layers: readonly LayerContent[], known: Facts): Promise<void> => {
    const plan = readPlan(layers);
    if (!ships) {
      if (!shipsOutput(plan)) await printed?.discard();
      return;
    }
    const found = { logs: await followLogs(plan, known), metrics: await followMetrics(plan, known) };
    const faults = Object.entries(found).filter((pair): pair is [string, Fault] => pair[1] !== undefined);
    for (const [name, fault] of faults) logger.warn(`${name} go on as they were`, faultFields(fault));
    troubles = Object.fromEntries(faults);
    isFirst = false;
  };

  const pipelines: Pipelines = {
    name: 'pipelines',
    follow(layers) {
      const known = facts();
      if (layers === undefined || known === undefined) return;
      // Names are made of facts: another tag is another stream.
      const { tags, ...named } = known;
      const text = JSON.stringify([named, [...tags]]);
      if (followed?.layers === layers && followed.facts === text) return;
      followed = { layers, facts: text };
      serial
        .run(() => change(layers, known))
        .catch((error: unknown) =>
          logger.error('pipelines cannot follow the plan', { error: String(error) }),
        );
    },
    output: (...line) => output().write(...line),
    async judge(layers) {
      const plan = readPlan(layers);
      const fault = await judgeTelemetry(plan);
      if (fault) return fault;
      // Its scripts speak before it is in effect.
      if (shipsOutput(plan)) printed?.want();
      return undefined;
    },
    missingTags: () => ({ logs: logs?.waiting() ?? [], metrics: metrics?.waitingFor() }),
    status() {
      const collected = metrics?.status();
      return {
        ...(logs ? { logs: logs.status() } : {}),
        ...(collected ? { metrics: collected } : {}),
        ...(Object.keys(troubles).length === 0 ? {} : { refused: troublesOf(troubles) }),
      };
    },
    families: () => running().flatMap((one) => one.families()),
    async flush(deadlineMs) {
      await serial.idle();
      await Promise.all(running().map((one) => one.flush(deadlineMs)));
    },
    async drain(deadlineMs) {
      await serial.idle();
      await Promise.all(running().map((one) => one.drain(deadlineMs)));
      await printed?.save();
    },
    close: () => pipelines.drain(CLOSE_MS),
  };
  return pipelines;
}

/** What is wrong with `logs` and `metrics` of a plan. */
export async function judgeTelemetry({ logs, metrics }: Plan): Promise<Fault | undefined> {
  if (logs.length > 0) {
    const { readLogPlan } = await import('../../logs/settings/read-log-plan.ts');
    const read = await readLogPlan(logs);
    if (read.kind !== 'ok') return read.fault;
  }
  if (metrics === undefined) return undefined;
  const { judgeMetrics } = await import('../../metrics/metrics-pipeline.ts');
  const judged = await judgeMetrics(metrics);
  return judged.kind === 'ok' ? undefined : judged.fault;
}

function namesHostname(settings: PlanNode): boolean {
  return ['group', 'stream'].some((name) => {
    const text = memberOf(settings, name);
    return text?.kind === 'scalar' && String(text.value).includes('{hostname}');
  });
}

function shipsOutput({ logs }: Plan): boolean {
  return logs.some(({ settings }) => {
    const output = memberOf(settings, 'output');
    return output?.kind === 'scalar' && output.value === true;
  });
}

function troublesOf(troubles: Readonly<Record<string, Fault>>): NonNullable<PipelinesDocument['refused']> {
  return Object.fromEntries(
    Object.entries(troubles).map(([name, { code, cause, hint }]) => [name, { code, cause, hint }]),
  );
}
