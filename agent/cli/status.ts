import type { Command } from 'commander';
import { clientOf, type CliContext } from './context.ts';
import { pipelineLines, type PipelinesDocument } from './pipeline-lines.ts';
import { alignColumns, asLine, oneLine, paint, type Style } from './terminal.ts';

interface SightedPlace {
  readonly key: string;
  readonly region: string;
  readonly kind: string;
}

interface SightedPlaces {
  readonly count: number;
  readonly places: readonly SightedPlace[];
}

interface StatusDocument {
  readonly version: string;
  readonly ready: boolean;
  readonly uptime: string;
  readonly identity: Readonly<Record<'instanceId' | 'region' | 'zone' | 'account', string>> & {
    readonly role: string | null;
    readonly environment: string | null;
    readonly warnings: readonly string[];
  };
  readonly generation: {
    readonly number: number;
    readonly release: string | null;
    readonly digest: string;
    readonly keys: number;
    readonly age: string;
  } | null;
  readonly source: {
    readonly address: string;
    readonly layout: string;
    readonly interval: string;
    readonly age: string | null;
    /** Left out by an older agent. */
    readonly nextCheckAt?: string | null;
    readonly givesUpAt?: string | null;
    readonly stale: boolean;
    readonly servedFrom: string | null;
    readonly unread?: readonly { readonly file: string; readonly message: string }[];
    readonly failure: {
      readonly code: string;
      readonly message: string;
      readonly hint: string;
      readonly problems: readonly string[];
    } | null;
  };
  readonly trust: {
    readonly identityProvenBy: string | null;
    readonly keys: number;
    readonly sequence: number | null;
    readonly vouchedObjects: number;
  };
  readonly detours: readonly {
    readonly variable: string;
    readonly address: string;
    readonly plain: boolean;
  }[];
  readonly guard: {
    readonly mode: string;
    readonly findings: number;
    readonly foreign: readonly SightedPlace[];
    readonly unknown: SightedPlaces;
    readonly hints: SightedPlaces;
    readonly ipRanges: {
      readonly from: string | null;
      readonly age: string | null;
      readonly failure: { readonly code: string; readonly message: string } | null;
    } | null;
  };
  readonly fence: { readonly state: string };
  /** Left out by an older agent. */
  readonly activity?: readonly {
    readonly name: string;
    readonly for: string;
    readonly until: string | null;
  }[];
  readonly waits?: readonly {
    readonly name: string;
    readonly for: string;
    readonly until: string | null;
  }[];
  readonly pipelines?: PipelinesDocument;
  readonly overrides: readonly {
    readonly key: string;
    readonly reason: string;
    readonly expiresAt: string;
  }[];
  readonly secrets: { readonly nextReadAt: string | null; readonly inUse: readonly SecretState[] };
}

interface SecretState {
  readonly service: string;
  readonly name: string;
  readonly state: string;
  readonly age: string | null;
  readonly failure: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

export function addStatusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('who this instance is, what it runs on, and how fresh that is')
    .addHelpText('after', '\nExample:\n  landfall status --json')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const answer = await clientOf(context, flags).ask({ path: '/v1/status' });
      const text =
        flags['json'] === true
          ? asLine(answer.body)
          : screen(JSON.parse(answer.body) as StatusDocument, context);
      context.terminal.out(text);
    });
}

function screen(status: StatusDocument, context: CliContext): string {
  const style = (name: Style, text: string): string => paint(context.terminal, name, text);
  const { identity, generation, source } = status;
  const state = status.ready ? style('green', 'ready') : style('red', 'not ready');
  const rows = [
    [style('bold', `landfall ${status.version}`), `${state}, up ${status.uptime}`],
    [
      style('dim', 'instance'),
      `${identity.instanceId} in ${style('cyan', identity.region)} (${identity.zone}), account ${identity.account}`,
    ],
    [style('dim', 'role'), `${identity.role ?? 'none'}, environment ${identity.environment ?? 'none'}`],
    [style('dim', 'generation'), generation ? generationLine(generation) : 'none yet'],
    [style('dim', 'source'), `${source.address} (${source.layout}), every ${source.interval}`],
    [style('dim', 'checked'), checkedLine(source, style)],
    ...nextRow(source, style),
    ...(status.activity ?? []).map(({ name, for: time, until }) => [
      style('dim', 'at'),
      `${oneLine(name)} for ${time}${until === null ? '' : `, until ${until} at the latest`}`,
    ]),
    ...(status.waits ?? []).map(({ name, for: time, until }) => [
      style('dim', 'waits for'),
      `${oneLine(name)} for ${time}${until === null ? '' : `, until ${until}`}`,
    ]),
    ...(source.failure?.problems ?? []).map((problem) => ['', style('dim', oneLine(problem))]),
    ...(source.unread ?? []).map(({ file, message }) => [
      style('yellow', 'unread'),
      oneLine(`${file}: ${message}`),
    ]),
    [style('dim', 'trust'), trustLine(status.trust)],
    ...detourRow(status.detours, style),
    ...guardRows(status.guard, style),
    [style('dim', 'fence'), status.fence.state],
    ...secretRows(status.secrets, style),
    ...pipelineLines(status.pipelines ?? {}).map(({ name, text, isWell }) => [
      style('dim', name),
      isWell ? text : style('yellow', text),
    ]),
    ...identity.warnings.map((warning) => [style('yellow', 'warning'), warning]),
    ...status.overrides.map(({ key, reason, expiresAt }) => [
      style('yellow', 'override'),
      `${key} until ${expiresAt}: ${oneLine(reason)}`,
    ]),
  ];
  return alignColumns(rows, context.terminal.columns);
}

type Painter = (name: Style, text: string) => string;

function detourRow(detours: StatusDocument['detours'], style: Painter): readonly string[][] {
  if (detours.length === 0) return [];
  const named = detours.map(
    ({ variable, address, plain }) =>
      `${oneLine(`${variable} to ${address}`)}${plain ? style('yellow', ' in the clear') : ''}`,
  );
  return [[style('dim', 'detours'), named.join(', ')]];
}

/** As many of each as a person would read; `--json` has more. */
const MOST_PLACES = 10;

function guardRows(
  { mode, findings, foreign, unknown, hints, ipRanges }: StatusDocument['guard'],
  style: Painter,
) {
  const counts = `${findings} findings, ${unknown.count} of unknown region, ${hints.count} hints`;
  const painted = mode === 'enforce' ? mode : style('yellow', mode);
  const rowsOf = (places: readonly SightedPlace[], count: number, colour: Style): readonly string[][] => [
    ...places
      .slice(0, MOST_PLACES)
      .map(({ key, region, kind }) => ['', style(colour, oneLine(`${key}: ${region} (${kind})`))]),
    ...(count > MOST_PLACES ? [['', style('dim', `and ${count - MOST_PLACES} more`)]] : []),
  ];
  return [
    [style('dim', 'guard'), `${painted}, ${counts}`],
    ...rowsOf(foreign, findings, 'red'),
    ...rowsOf(unknown.places, unknown.count, 'yellow'),
    ...rowsOf(hints.places, hints.count, 'dim'),
    ...(ipRanges ? [[style('dim', 'ip ranges'), rangesLine(ipRanges, style)]] : []),
  ];
}

function rangesLine(
  { from, age, failure }: NonNullable<StatusDocument['guard']['ipRanges']>,
  style: Painter,
) {
  const what = from === null ? 'no table: the region of public addresses is unknown' : `${from}, ${age} old`;
  return failure === null ? what : `${what}; ${style('yellow', oneLine(failure.message))} [${failure.code}]`;
}

function secretRows(
  { inUse, nextReadAt }: StatusDocument['secrets'],
  style: Painter,
): readonly (readonly string[])[] {
  if (inUse.length === 0) return [];
  const troubled = inUse.filter(({ failure }) => failure !== null);
  const next = nextReadAt === null ? '' : `, read again at ${nextReadAt}`;
  return [
    [style('dim', 'secrets'), `${inUse.length} in use, ${troubled.length} not as they should be${next}`],
    ...troubled.map(({ service, name, state, age, failure }) => {
      const since = age === null ? '' : `, read ${age} ago`;
      const why = failure ? `: ${failure.message}. ${failure.hint} [${failure.code}]` : '';
      return ['', oneLine(`${service} ${name} ${state}${since}${why}`)];
    }),
  ];
}

function generationLine(generation: NonNullable<StatusDocument['generation']>): string {
  const release = generation.release === null ? '' : `, release ${generation.release}`;
  return `${generation.number}, ${generation.keys} keys, ${generation.digest.slice(0, 12)}${release}, active for ${generation.age}`;
}

function checkedLine(source: StatusDocument['source'], style: (name: Style, text: string) => string): string {
  const age = source.age === null ? 'never' : `${source.age} ago`;
  if (!source.stale) return age;
  const from = source.servedFrom === 'last-good' ? ', serving the last known good' : '';
  const failure = source.failure
    ? `: ${source.failure.message} ${source.failure.hint} [${source.failure.code}]`
    : '';
  return `${age}, ${style('red', 'stale')}${from}${failure}`;
}

/** Of a source that cannot be followed: nobody waits for the next check of a good one. */
function nextRow({ stale, nextCheckAt, givesUpAt }: StatusDocument['source'], style: Painter) {
  if (!stale || typeof nextCheckAt !== 'string') return [];
  const end = typeof givesUpAt === 'string' ? `, given up at ${givesUpAt}` : '';
  return [[style('dim', 'next'), `${nextCheckAt}${end}`]];
}

function trustLine({ identityProvenBy, keys, sequence }: StatusDocument['trust']): string {
  const identity = `identity ${identityProvenBy === null ? 'believed' : 'proven'}`;
  if (keys === 0) return `${identity}, releases unsigned or not looked at`;
  const follows = sequence === null ? '' : `, pointer ${sequence}`;
  return `${identity}, releases by ${keys === 1 ? 'a trusted key' : `one of ${keys} trusted keys`}${follows}`;
}
