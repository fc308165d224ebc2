import { isNoise } from './log-writer.ts';
import type { Scenario } from './scenario.ts';
import type { Arrival } from './virtual-sink.ts';
import type { Story } from './simulation.ts';

/** What is wrong with the end of a story; nothing, when all laws hold. */
export function broken(story: Story): readonly string[] {
  return [
    ...arrivalLaw(story),
    ...duplicateLaw(story),
    ...restartLaw(story),
    ...killLaw(story),
    ...orderLaw(story),
    ...successionLaw(story),
    ...ledgerLaw(story),
  ];
}

/** Everything that was written is where it belongs, and nothing else is anywhere. */
function arrivalLaw({ host, writers, scenario }: Story): readonly string[] {
  const { sink } = host;
  const written = new Set(writers.flatMap(({ contents }) => contents.flatMap(({ lines }) => lines)));
  const arrived = new Set(sink.arrivals.map(({ line }) => line));
  const missing = [...written].filter((line) => !(isNoise(line) && scenario.filters) && !sink.has(line));
  const strange = [...arrived].filter(
    (line) => !written.has(line) || isNoise(line) || line.startsWith('poison'),
  );
  const misjudged = [...sink.quarantined].filter((line) => !line.startsWith('poison'));
  const rejected = scenario.jumps === 'days' ? [] : [...sink.rejected];
  return [
    ...sink.problems.map((problem) => `a call breaks a rule: ${problem}`),
    ...told('missing', missing),
    ...told('never written, or to be left out', strange),
    ...told('quarantined though it is good', misjudged),
    ...told('rejected though the clock was right', rejected),
  ];
}

/** One process sends an event again only when the answer to it was lost: as it was, with the same time. */
function duplicateLaw({ host: { sink }, scenario }: Story): readonly string[] {
  if (mayMissItself(scenario)) return [];
  const first = new Map<string, Arrival>();
  const again: string[] = [];
  for (const arrival of sink.arrivals) {
    const key = `${arrival.life} ${arrival.line}`;
    const known = first.get(key);
    if (!known) first.set(key, arrival);
    else if (known.at !== arrival.at || sink.lostAnswers === 0) again.push(key);
  }
  return told('sent again for no reason', again);
}

/** What the checkpoint of one process covers, the next one does not send. */
function restartLaw({ host, scenario }: Story): readonly string[] {
  if (!isOneCall(scenario) || mayMissItself(scenario)) return [];
  const again: string[] = [];
  for (const { life, end, unsettled, savedFrom } of host.obituaries) {
    const isWhole = end === 'stopped' && unsettled === 0 && scenario.saveFailures === 0;
    const until = isWhole ? Infinity : savedFrom;
    const covered = new Set(
      host.sink.arrivals
        .filter((one) => one.life === life && one.answeredAt !== undefined && one.answeredAt < until)
        .map(({ line }) => line),
    );
    const later = host.sink.arrivals.filter((one) => one.life > life && covered.has(one.line));
    again.push(...later.map(({ line }) => `life ${life}: ${line}`));
  }
  return told('sent again though a checkpoint covers it', again);
}

/** What one process sends and a later one sends again is of its last call on that stream (case 24). */
function killLaw({ host: { sink }, scenario }: Story): readonly string[] {
  if (scenario.saveFailures > 0 || !isOneCall(scenario) || mayMissItself(scenario)) return [];
  const lastLife = new Map<string, number>();
  const lastCall = new Map<string, number>();
  for (const { life, stream, line, call } of sink.arrivals) {
    lastLife.set(line, life);
    lastCall.set(`${life} ${stream}`, call);
  }
  const before = sink.arrivals.filter(
    ({ life, stream, line, call }) =>
      life < (lastLife.get(line) ?? 0) && call < (lastCall.get(`${life} ${stream}`) ?? 0),
  );
  // An answer that was lost: what it was for came again in the same process, in the call behind it.
  const inLast = new Set(
    sink.arrivals
      .filter(({ life, stream, call }) => call === lastCall.get(`${life} ${stream}`))
      .map(({ life, line }) => `${life} ${line}`),
  );
  const again = before.filter(({ life, line }) => !inLast.has(`${life} ${line}`));
  return told(
    'of a batch before the last sent again',
    again.map(({ life, line }) => `life ${life}: ${line}`),
  );
}

/** Of each content, each process sends the lines in their order, as CloudWatch shows them: by time, then by arrival. */
function orderLaw({ host, writers, setbacks }: Story): readonly string[] {
  const problems: string[] = [];
  const places = new Map<string, readonly [content: number, index: number]>();
  for (const [content, { lines }] of writers.flatMap(({ contents }) => contents).entries())
    for (const [index, line] of lines.entries()) places.set(line, [content, index]);
  const last = new Map<string, readonly [number, string]>();
  let inversions = 0;
  const seen = new Set<string>();
  for (const { life, stream, line } of setbacks > 0
    ? host.sink.arrivals
    : host.sink.arrivals.toSorted((a, b) => a.at - b.at)) {
    const place = places.get(line);
    if (!place || seen.has(`${life} ${line}`)) continue;
    seen.add(`${life} ${line}`);
    const [content, index] = place;
    const key = `${life} ${stream} ${content}`;
    const before = last.get(key);
    if (before && before[0] > index) {
      inversions += 1;
      problems.push(`${line} behind ${before[1]} (life ${life})`);
    }
    last.set(key, [index, line]);
  }
  // A clock that is put back reorders what is gathered then: CloudWatch wants the order of time.
  return setbacks > 0 ? [] : told(`out of order (${inversions})`, problems);
}

/** Files that bore one path after each other are one log: each process sends them one behind the other (case 21). */
function successionLaw({ host, writers, setbacks, scenario }: Story): readonly string[] {
  // One that may not be opened holds up nobody.
  if (setbacks > 0 || scenario.isStale || scenario.denies || mayMissItself(scenario)) return [];
  const places = new Map<string, readonly [path: string, index: number]>();
  for (const { path, contents } of writers)
    for (const [index, line] of contents.flatMap(({ lines }) => lines).entries())
      places.set(line, [path, index]);
  const last = new Map<string, readonly [number, string]>();
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const { life, stream, line } of host.sink.arrivals) {
    if (seen.has(`${life} ${line}`)) continue;
    seen.add(`${life} ${line}`);
    const [path, index] = places.get(line) ?? ['', 0];
    const key = `${life} ${stream} ${path}`;
    const before = last.get(key);
    if (before && before[0] > index) problems.push(`${line} behind ${before[1]} (life ${life})`);
    last.set(key, [index, line]);
  }
  return told('of an older file behind a younger one', problems);
}

/** Read is the sum of the others, and each of them is what the sink knows. */
function ledgerLaw({ host, scenario }: Story): readonly string[] {
  const problems: string[] = [];
  for (const { life, end, unsettled, ledger } of host.obituaries) {
    const note = (what: string): void =>
      void problems.push(`life ${life}, ${end}: ${what} ${JSON.stringify(ledger)}`);
    const { inFlight, lost, acknowledged } = ledger;
    if (inFlight.events < 0 || inFlight.bytes < 0) note('more settled than read');
    // Behind a gap more is unsettled than is in flight.
    if (end === 'stopped' && inFlight.events > unsettled) note(`only ${unsettled} unsettled`);
    if (end === 'stopped' && unsettled === 0 && inFlight.bytes !== 0) note('bytes in flight of no event');
    const mayLose =
      scenario.kills || scenario.restarts ? scenario.rotation === 'delete' || scenario.keep < 20 : false;
    if (Object.keys(lost).length > 0 && !mayLose) note('lost');
    const arrived = host.sink.arrivals.filter((one) => one.life === life);
    const answered = new Set(
      arrived.filter(({ answeredAt }) => answeredAt !== undefined).map(({ line }) => line),
    );
    // An entry that was taken out takes its ledger along.
    const isOnce = !scenario.changesPlan && !mayMissItself(scenario);
    const isWhole = end === 'stopped' && unsettled === 0 && isOnce;
    if (isWhole && acknowledged.events !== answered.size) note(`${answered.size} answered`);
    if (isOnce && acknowledged.events > answered.size) note(`only ${answered.size} answered`);
  }
  return problems;
}

/** Not a batch of several calls: halves around what is refused, days apart. Not a source in two streams, of which one hangs. */
function isOneCall({ poisons, jumps, changesPlan, trouble }: Scenario): boolean {
  return !poisons && jumps !== 'days' && !(changesPlan && trouble > 0);
}

/**
 * A file of a few lines that is renamed in the very moment a new process looks for it is not known again, and read anew: on a disk
 * that takes its time, at least once is all there is.
 */
function mayMissItself({ rotation, slowness, kills, restarts, changesPlan }: Scenario): boolean {
  return rotation !== 'none' && slowness > 0 && (kills || restarts || changesPlan);
}

function told(what: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${lines.length} ${what}: ${lines.slice(0, 3).join(' | ')}`];
}
