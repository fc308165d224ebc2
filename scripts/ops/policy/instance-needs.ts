import { readDeploySpec } from '#agent/apply/deploy/deploy-spec.ts';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { judgeMetrics } from '#agent/metrics/metrics-pipeline.ts';
import { propertiesLayers } from '#agent/plan/named-assets.ts';
import type { Plan } from '#agent/plan/plan.ts';
import type { Settings } from '#agent/settings/settings.ts';
import {
  addressFindings,
  parseSourceAddress,
  placeholderSecrets,
  readSecretName,
  resolve,
  selectLayers,
  type Effective,
  type Facts,
  type LayerContent,
  type LookUpExternal,
  type SecretName,
} from '#config-service';
import { LandfallError, type Problem } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import { valueOf } from '../console/options.ts';
import { examine, type LayersByName } from '../folder/examination.ts';
import { fetchedObjects } from '../folder/fetched-objects.ts';
import { faultOfProblems, isNotEmpty } from '../folder/problem-list.ts';
import type { Readers } from '../folder/readers.ts';
import { factsOf, type Scenario } from '../folder/scenario.ts';
import type { Needs } from './needs.ts';

export interface NeedsInput {
  /** The folder, for messages. */
  readonly dir: string;
  readonly layers: LayersByName;
  readonly order: readonly string[];
  readonly readers: Readers;
  readonly settings: Pick<Settings, 'source' | 'layout' | 'ipRanges'>;
  readonly tags: ReadonlyMap<string, string>;
  readonly account: string | undefined;
  readonly describesTags: boolean;
  readonly keys: readonly string[];
  readonly group: string;
}

/** Of an account and a tag that nobody named: each is looked for in what comes out, and no text has them by chance. */
const ANY_ACCOUNT = '000000000000';
const ANY_TAG = 'landfall-any-tag';

/** What one kind of instance needs, read out of the folder. @throws LandfallError for what an agent would refuse. */
export async function needsOf(scenario: Scenario, input: NeedsInput): Promise<Needs> {
  const { dir, layers, order, readers, settings, describesTags, keys, group, account } = input;
  const standIn = { account: account ?? ANY_ACCOUNT, tags: input.tags };
  const imagined = valueOf(factsOf(scenario, standIn));
  const facts = { ...imagined, tags: withAnyTag(imagined.tags) };
  const { plan, problems } = examine(layers, order, facts, readers);
  if (isNotEmpty(problems)) throw refused(problems, dir);
  const selected = selectLayers(order, facts).selected.map(({ name }) => name);
  const contents = selected.flatMap((name) => layers.get(name) ?? []);
  const { effective, secrets } = resolved(facts, contents, readers);
  const source = valueOf(parseSourceAddress(settings.source, facts));
  const deployment = valueOf(readDeploySpec(effective));
  const fetched = await fetchedObjects(contents, facts);
  const below =
    source.kind === 's3' ? `s3://${[source.bucket, source.prefix].filter(Boolean).join('/')}/` : '';
  const artefact = deployment?.artefact ?? 's3://';
  return {
    facts,
    account: account ?? '*',
    source,
    layout: settings.layout,
    layers: selected,
    plan,
    logs: readOf(await readLogPlan(plan.logs), dir),
    metrics: plan.metrics && readOf(await judgeMetrics(plan.metrics), dir),
    secrets,
    objects: [
      ...fetched.map(({ url }) => url),
      ...(deployment === undefined ? [] : [artefact.startsWith('s3://') ? artefact : below + artefact]),
    ],
    readsRanges: settings.ipRanges === '' && wantsRanges(plan, effective),
    describesTags,
    keys,
    group,
    wild: wildOf(facts),
  };
}

/** The properties in effect, and what of the services of secrets they refer to. */
function resolved(
  facts: Facts,
  contents: readonly LayerContent[],
  { parse, readSheet }: Readers,
): { readonly effective: Effective; readonly secrets: readonly SecretName[] } {
  const secrets = new Map<string, SecretName>();
  const standIn = placeholderSecrets(facts.region);
  const external: LookUpExternal = (name) => {
    const read = readSecretName(name, facts.region);
    if (read.kind === 'name') secrets.set(`${read.service} ${read.id}`, read);
    return standIn(name);
  };
  const layers = propertiesLayers(contents, readSheet);
  const resolution = resolve({ layers, facts, overrides: [], parse, external });
  const effective: Effective = resolution.kind === 'resolved' ? resolution.effective : new Map();
  return { effective, secrets: [...secrets.values()] };
}

/** The agent looks for the table where leaks are watched, or a value holds an address that EC2 may own. */
function wantsRanges({ leaks }: Plan, effective: Effective): boolean {
  if (leaks !== undefined && leaks.mode !== 'off') return true;
  return [...effective.values()].some(({ key, value }) => !addressFindings(value, { name: key }).next().done);
}

function withAnyTag(tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return Object.assign(new Map(tags), { get: (name: string) => tags.get(name) ?? ANY_TAG });
}

function wildOf({ instanceId, hostname = ANY_TAG, privateIp = ANY_TAG, zone, region }: Facts) {
  const unknown = [instanceId, hostname, privateIp, ANY_TAG, ANY_ACCOUNT];
  return (text: string): string => {
    const wild = unknown.reduce((rest, word) => rest.replaceAll(word, '*'), text);
    return wild.replaceAll(zone, `${region}*`);
  };
}

function readOf<T>(outcome: Outcome<T>, dir: string): T {
  const problems = outcome.kind === 'ok' ? [] : (outcome.fault.problems ?? []);
  if (isNotEmpty(problems)) throw refused(problems, dir);
  return valueOf(outcome);
}

function refused(problems: readonly [Problem, ...Problem[]], dir: string): LandfallError {
  return new LandfallError(faultOfProblems(problems, 'make a policy of', dir));
}
