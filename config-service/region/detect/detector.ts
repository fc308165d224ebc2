import { anchorsOf, windowsOf, type Window } from './candidates.ts';
import { arnsOf } from './arn.ts';
import { base64Runs, needlesIn } from './base64-run.ts';
import { catalogued, type Judged } from './catalogue.ts';
import type { Finding } from './finding.ts';
import { foldedView } from './folded-view.ts';
import { knownIds } from './known-ids.ts';
import { opaqueIds } from './opaque-ids.ts';
import { judgePlace } from './place.ts';
import { unescaped, type UnescapedView } from './unescape.ts';
import { regionNames, type RegionName } from './region-name.ts';
import { regionlessHosts } from './regionless-host.ts';
import type { TextRole } from './text-role.ts';

/** Base64 within base64 happens (user data inside a launch template); more than that is not configuration. */
const DEEPEST = 2;

/**
 * Everything in a text that ties it to a region, in order of appearance. Linear in the text: one pass finds where
 * something might be, and only there is text decoded and its surroundings judged. Works on any string, also on bytes
 * read as latin1. What becomes of the text decides whether it may be a sentence.
 */
export function findEndpoints(
  text: string,
  { as = 'value' }: { readonly as?: TextRole | undefined } = {},
): readonly Finding[] {
  const folded = foldedView(text);
  // As it stands, too: what is left out in a host may be what separates two words. The graver of two counts.
  const findings = folded ? bothIn(text, folded, as) : [...findIn(text, as, 0)];
  return withoutRepeats(findings.toSorted((a, b) => a.start - b.start || b.end - a.end));
}

/**
 * The regions that a text addresses, sorted, hints left out. Names of regions we do not know are among them where
 * only a region can stand, so that an endpoint override for a region newer than this build is still compared.
 */
export function regionsNamedBy(text: string): readonly string[] {
  const named = findEndpoints(text).filter(({ severity }) => severity !== 'info' && severity !== 'unknown');
  return [...new Set(named.map((finding) => finding.region ?? finding.text.toLowerCase()))].toSorted();
}

/**
 * Where `findEndpoints` looks closer, in no order: where nothing is there is no finding either. Costs a tenth of it, for nothing is
 * judged. Undefined where the text has to be folded first.
 */
export function tracesIn(text: string): readonly number[] | undefined {
  if (foldedView(text)) return undefined;
  const traces = [...anchorsOf(text)];
  for (const { start } of opaqueIds(text)) traces.push(start);
  for (const { start } of knownIds(text)) traces.push(start);
  traces.push(...needlesIn(text));
  return traces;
}

const GRAVEST: readonly Finding['severity'][] = ['error', 'warning', 'unknown', 'info'];

function bothIn(source: string, { text, origin }: UnescapedView, role: TextRole): Finding[] {
  const folded = Array.from(findIn(text, role, 0), (finding) => {
    const [start, end] = [origin(finding.start), origin(finding.end)];
    return { ...finding, start, end, text: source.slice(start, end) };
  });
  return [...findIn(source, role, 0), ...folded].toSorted(
    (a, b) => GRAVEST.indexOf(a.severity) - GRAVEST.indexOf(b.severity),
  );
}

function* findIn(text: string, role: TextRole, depth: number): Generator<Finding> {
  for (const window of windowsOf(text)) yield* findInWindow(text, role, window);
  yield* opaqueIds(text);
  yield* knownIds(text);
  if (depth === DEEPEST) return;
  for (const run of base64Runs(text)) {
    for (const { region, kind, severity } of findIn(run.decoded, role, depth + 1)) {
      if (region === null) continue;
      yield {
        region,
        kind: `base64:${kind}`,
        severity,
        start: run.start,
        end: run.end,
        text: text.slice(run.start, run.end),
      };
    }
  }
}

function* findInWindow(source: string, role: TextRole, window: Window): Generator<Finding> {
  const view = unescaped(source, window.start, window.end);
  for (const finding of findInPlain(view.text, role)) {
    const start = view.origin(finding.start);
    const end = view.origin(finding.end);
    if (start >= window.from && start < window.to)
      yield { ...finding, start, end, text: source.slice(start, end) };
  }
}

function* findInPlain(text: string, role: TextRole): Generator<Finding> {
  const arns = arnsOf(text);
  const judged: Judged[] = [];
  for (const name of regionNames(text)) {
    const verdict = judgePlace(text, name, arns, role);
    judged.push({ name, verdict });
  }
  const listed = role === 'value' || role === 'file' ? catalogued(text, judged) : NONE;
  for (const { name, verdict } of judged) {
    if (verdict === null || listed.has(name)) continue;
    const { start, end } = name;
    yield { region: name.known ? name.region : null, ...verdict, start, end, text: text.slice(start, end) };
  }
  yield* regionlessHosts(text, role);
}

const NONE: ReadonlySet<RegionName> = new Set();

function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const key = `${finding.start} ${finding.end} ${finding.region}`;
    return !seen.has(key) && seen.add(key);
  });
}
