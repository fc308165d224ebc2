import type { Command } from 'commander';
import type { LeaksDocument } from '../daemon/reporting/leaks.ts';
import { bootOf, bootTable } from './boot-table.ts';
import type { CliContext, Flags } from './context.ts';
import { leaksLine } from './leaks.ts';
import { pipelineLines } from './pipeline-lines.ts';
import { askStatus, type AnsweredStatus, type StatusAnswer } from './status-answer.ts';
import { watchScreen } from './status-watch.ts';
import { alignColumns, asLine, oneLine, paint, type Style } from '../console/terminal.ts';

export function addStatusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('who this instance is, what it runs on, and how fresh that is')
    .option('--boot', 'where the time of the boot went instead')
    .option('--watch', 'anew each second, until stopped')
    .addHelpText(
      'after',
      '\nExample:\n  landfall status --json\n  landfall status --boot\n  landfall status --watch',
    )
    .action(async (_options: unknown, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const draw = async (): Promise<string> => shown(await askStatus(context, flags), flags, context);
      if (flags['watch'] === true) await watchScreen(draw, context);
      else context.terminal.out(await draw());
    });
}

function shown({ body, status }: StatusAnswer, flags: Flags, context: CliContext): string {
  const isJson = flags['json'] === true;
  if (isJson && flags['boot'] !== true) return asLine(body);
  if (flags['boot'] !== true) return screen(status, context);
  return isJson ? `${JSON.stringify(bootOf(status))}\n` : bootTable(bootOf(status), context.terminal);
}

function screen(status: AnsweredStatus, context: CliContext): string {
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
    ...source.unread.map(({ file, message }) => [style('yellow', 'unread'), oneLine(`${file}: ${message}`)]),
    [style('dim', 'trust'), trustLine(status.trust)],
    ...detourRow(status.detours, style),
    ...guardRows(status.guard, style),
    [style('dim', 'fence'), status.fence.state],
    ...leakRows(status.leaks, style),
    ...storeRows(status.stores ?? [], style),
    ...peerRows(status.peers, style),
    ...claimRows(status.claims, style),
    ...hostRows(status.hosts ?? [], style),
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

function detourRow(detours: AnsweredStatus['detours'], style: Painter): readonly string[][] {
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
  { mode, findings, foreign, unknown, hints, ipRanges }: AnsweredStatus['guard'],
  style: Painter,
) {
  const counts = `${findings} findings, ${unknown.count} of unknown region, ${hints.count} hints`;
  const painted = mode === 'enforce' ? mode : style('yellow', mode);
  const rowsOf = (
    places: AnsweredStatus['guard']['foreign'],
    count: number,
    colour: Style,
  ): readonly string[][] => [
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

function leakRows(leaks: LeaksDocument | undefined, style: Painter): readonly string[][] {
  if (leaks === undefined || leaks.state === 'off') return [];
  const { text, isWell } = leaksLine(leaks);
  return [
    [style('dim', 'leaks'), isWell ? text : style('yellow', text)],
    ...leaks.findings.slice(0, MOST_PLACES).map(({ says }) => ['', style('red', oneLine(says))]),
  ];
}

function rangesLine(
  { from, age, failure }: NonNullable<AnsweredStatus['guard']['ipRanges']>,
  style: Painter,
) {
  const what = from === null ? 'no table: the region of public addresses is unknown' : `${from}, ${age} old`;
  return failure === null ? what : `${what}; ${style('yellow', oneLine(failure.message))} [${failure.code}]`;
}

function secretRows(secrets: AnsweredStatus['secrets'], style: Painter): readonly (readonly string[])[] {
  if (secrets === undefined || secrets.inUse.length === 0) return [];
  const { inUse, nextReadAt } = secrets;
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

function peerRows(peers: AnsweredStatus['peers'], style: Painter): readonly (readonly string[])[] {
  if (peers === undefined) return [];
  const { role, environment, state, online, announced, failure } = peers;
  const whose = `role ${role ?? 'none'}, environment ${environment ?? 'none'}`;
  const self = announced ? 'this instance is told of' : 'this instance is not told of';
  return [
    [style('dim', 'peers'), `${online ?? 'unknown'} online (${whose}), ${state}; ${self}`],
    ...(failure ? [['', style('yellow', `${failure.message} [${failure.code}]`)]] : []),
  ];
}

function claimRows(claims: AnsweredStatus['claims'], style: Painter): readonly (readonly string[])[] {
  if (claims === undefined) return [];
  const { address, volumes } = claims;
  const lines = [
    ...(address
      ? [
          {
            ...address,
            what: `address ${address.publicIp ?? `of ${address.tag}`}`,
            isWell: address.state === 'held',
          },
        ]
      : []),
    ...volumes.map((volume) => ({
      ...volume,
      what: `volume ${volume.name} (${volume.volumeId ?? `of ${volume.tag}`}) at ${volume.mount}`,
      isWell: volume.state === 'mounted',
    })),
  ];
  return lines.map(({ what, state, failure, isWell }, index) => {
    const why = failure ? `: ${failure.message}. ${failure.hint} [${failure.code}]` : '';
    const line = oneLine(`${what}, ${state}${isWell ? '' : why}`);
    return [index === 0 ? style('dim', 'claims') : '', isWell ? line : style('yellow', line)];
  });
}

function hostRows(
  hosts: NonNullable<AnsweredStatus['hosts']>,
  style: Painter,
): readonly (readonly string[])[] {
  return hosts.map(({ name, aliases, address, until, expired }, index) => {
    const ends =
      until === null ? '' : expired ? style('yellow', `, expired at ${until}`) : `, until ${until}`;
    return [
      index === 0 ? style('dim', 'hosts') : '',
      oneLine(`${[name, ...aliases].join(' ')} at ${address}${ends}`),
    ];
  });
}

function storeRows(
  stores: NonNullable<AnsweredStatus['stores']>,
  style: Painter,
): readonly (readonly string[])[] {
  if (stores.length === 0) return [];
  const troubled = stores.filter(({ state }) => state !== 'fresh');
  return [
    [style('dim', 'stores'), `${stores.length} followed, ${troubled.length} not as they should be`],
    ...troubled.map(({ layer, state, age, failure }) => {
      const since = age === null ? '' : `, read ${age} ago`;
      const why = failure ? `: ${failure.message}. ${failure.hint} [${failure.code}]` : '';
      return ['', oneLine(`${layer} ${state}${since}${why}`)];
    }),
  ];
}

function generationLine(generation: NonNullable<AnsweredStatus['generation']>): string {
  const release = generation.release === null ? '' : `, release ${generation.release}`;
  return `${generation.number}, ${generation.keys} keys, ${generation.digest.slice(0, 12)}${release}, active for ${generation.age}`;
}

function checkedLine(source: AnsweredStatus['source'], style: (name: Style, text: string) => string): string {
  const age = source.age === null ? 'never' : `${source.age} ago`;
  if (!source.stale) return age;
  const from = source.servedFrom === 'last-good' ? ', serving the last known good' : '';
  const failure = source.failure
    ? `: ${source.failure.message} ${source.failure.hint} [${source.failure.code}]`
    : '';
  return `${age}, ${style('red', 'stale')}${from}${failure}`;
}

/** Of a source that cannot be followed: nobody waits for the next check of a good one. */
function nextRow({ stale, nextCheckAt, givesUpAt }: AnsweredStatus['source'], style: Painter) {
  if (!stale || nextCheckAt === null) return [];
  const end = givesUpAt !== null ? `, given up at ${givesUpAt}` : '';
  return [[style('dim', 'next'), `${nextCheckAt}${end}`]];
}

function trustLine({ identityProvenBy, keys, sequence }: AnsweredStatus['trust']): string {
  const identity = `identity ${identityProvenBy === null ? 'believed' : 'proven'}`;
  if (keys === 0) return `${identity}, releases unsigned or not looked at`;
  const follows = sequence === null ? '' : `, pointer ${sequence}`;
  return `${identity}, releases by ${keys === 1 ? 'a trusted key' : `one of ${keys} trusted keys`}${follows}`;
}
