import { formatDuration } from '#kit/duration.ts';
import { isoTime, epochMsOf } from '#kit/iso-time.ts';
import { countOf, countsBy, kindOf, zoneOf, type FleetCount } from './fleet-count.ts';
import type { FleetRegion, FleetRollout } from './fleet-region.ts';
import { reasonOf } from './fleet-table.ts';
import { MEMBER_STATES, type Member } from './member.ts';
import { landPath, MAP_HEIGHT, MAP_WIDTH, placeOf } from './world-map.ts';

/** Rows of instances on the page; the rest is counted. */
const MOST_NAMED = 200;

/**
 * The fleet as one file of HTML: no script, nothing from elsewhere. Whoever may write below `health/` may say anything there, so
 * every text goes through `escaped`.
 */
export function fleetPage(regions: readonly FleetRegion[], now: number): string {
  const members = regions.flatMap((region) => region.members);
  const wrong = members.filter(({ state }) => state !== 'runs');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Landfall fleet, ${escaped(isoTime(now))}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Fleet</h1><p>${escaped(headline(members, regions))}</p><time datetime="${escaped(isoTime(now))}">${escaped(isoTime(now))}</time></header>
<main>
<section class="map" aria-label="Regions">${mapOf(regions)}</section>
<section><h2>Regions</h2>${regions.map(regionCard).join('')}</section>
${regions.flatMap((region) => (region.rollout ? [rolloutSection(region, region.rollout, now)] : [])).join('\n')}
<section class="pair"><div><h2>Role, environment</h2>${countTable(countsBy(members, kindOf))}</div>
<div><h2>Zone</h2>${countTable(countsBy(members, zoneOf))}</div></section>
<section><h2>Not as meant</h2>${troubleTable(wrong, now)}</section>
</main>
</body>
</html>
`;
}

function headline(members: readonly Member[], regions: readonly FleetRegion[]): string {
  const { runs, refuses, behind } = countOf('', members);
  const where = regions.length === 1 ? '1 region' : `${regions.length} regions`;
  return `${members.length} instances in ${where}: ${runs} run what they should, ${refuses} refuse it, ${behind} are behind`;
}

function mapOf(regions: readonly FleetRegion[]): string {
  const marks = regions.flatMap(({ region, members }) => {
    const place = placeOf(region);
    if (!place) return [];
    const radius = Math.min(22, 5 + Math.sqrt(members.length) * 1.2).toFixed(1);
    const side = place.x > MAP_WIDTH - 120 ? -1 : 1;
    const anchor = side === 1 ? 'start' : 'end';
    const label = `${region} ${members.length}`;
    return [
      `<g class="${worstOf(members)}"><circle cx="${place.x}" cy="${place.y}" r="${radius}"/><circle class="core" cx="${place.x}" cy="${place.y}" r="2.5"/><text x="${(place.x + side * (Number(radius) + 4)).toFixed(1)}" y="${(place.y + 4).toFixed(1)}" text-anchor="${anchor}">${escaped(label)}</text></g>`,
    ];
  });
  return `<svg viewBox="0 0 ${MAP_WIDTH} ${MAP_HEIGHT}" role="img" aria-label="Map of the regions"><path class="land" d="${landPath()}"/>${marks.join('')}</svg>`;
}

function worstOf(members: readonly Member[]): string {
  if (members.length === 0) return 'none';
  return members.some(({ state }) => state === 'refuses')
    ? 'refuses'
    : members.some(({ state }) => state === 'behind')
      ? 'behind'
      : 'runs';
}

function regionCard({ region, stable, rollout, members, unread }: FleetRegion): string {
  const count = countOf(region, members);
  const running = rollout
    ? `${stable}, ${rollout.release} ${rollout.halted === null ? `at ${rollout.percent}%` : `halted: ${rollout.halted}`}`
    : stable;
  const left = unread === 0 ? '' : `<p class="note">${unread} reports were not read</p>`;
  return `<article><h3>${escaped(region)}</h3><p class="release">${escaped(running)}</p>${barOf(count)}${left}</article>`;
}

/** Shares as widths; the numbers stand beside, for colour alone says nothing to many. */
function barOf(count: FleetCount): string {
  const total = MEMBER_STATES.reduce((sum, state) => sum + count[state], 0);
  const parts = MEMBER_STATES.filter((state) => count[state] > 0).map(
    (state) => `<i class="${state}" style="flex-grow:${count[state]}"></i>`,
  );
  const words = MEMBER_STATES.map((state) => `<b class="${state}">${count[state]}</b> ${state}`);
  const moved = count.relocated === 0 ? '' : `, <b>${count.relocated}</b> came from another region`;
  return `<div class="bar" aria-hidden="true">${parts.join('')}</div><p class="counts">${total === 0 ? 'no reports' : words.join(', ') + moved}</p>`;
}

const CHART = { width: 640, height: 150, left: 36, bottom: 22, top: 8 } as const;

/** What share was to take the release up by when, as steps, and what share did. */
function rolloutSection({ region, members }: FleetRegion, rollout: FleetRollout, now: number): string {
  const { startedAt, steps, takenAt, release, halted } = rollout;
  const start = epochMsOf(startedAt);
  const span = Math.max(now - start, (steps.at(-1)?.afterMs ?? 0) * 1.1, 60_000);
  const { width, height, left, bottom, top } = CHART;
  const x = (ms: number): string => (left + ((ms - start) / span) * (width - left)).toFixed(1);
  const y = (percent: number): string =>
    (height - bottom - (percent / 100) * (height - bottom - top)).toFixed(1);
  const planned = steps.map(({ percent, afterMs }) => `H${x(start + afterMs)}V${y(percent)}`).join('');
  const taken = thinned(takenAt).map(
    ([at, count]) =>
      `H${x(Math.max(at, start))}V${y(Math.min(100, (count / Math.max(1, members.length)) * 100))}`,
  );
  const end = `H${x(Math.min(now, start + span))}`;
  const lines = [0, 50, 100].map(
    (percent) =>
      `<path class="grid" d="M${left} ${y(percent)}H${width}"/><text x="${left - 6}" y="${Number(y(percent)) + 4}" text-anchor="end">${percent}%</text>`,
  );
  const said = `${takenAt.length} of ${members.length} took it up`;
  return `<section><h2>Rollout of ${escaped(release)} in ${escaped(region)}</h2><figure><svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(said)}">${lines.join('')}<path class="planned" d="M${left} ${y(0)}${planned}H${width}"/><path class="taken" d="M${left} ${y(0)}${taken.join('')}${end}"/><text x="${left}" y="${height - 4}">${escaped(startedAt)}</text><text x="${width}" y="${height - 4}" text-anchor="end">${escaped(formatDuration(span))}</text></svg><figcaption>${escaped(said)}${halted === null ? '' : `; halted: ${escaped(halted)}`}. Dashed: the share that was to.</figcaption></figure></section>`;
}

/** Times with how many there are by then; not more points than a chart can show. */
function thinned(times: readonly number[]): readonly (readonly [at: number, count: number])[] {
  const every = Math.ceil(times.length / 200);
  return times
    .map((at, index) => [at, index + 1] as const)
    .filter(([, count]) => count % every === 0 || count === times.length);
}

function countTable(counts: readonly FleetCount[]): string {
  const rows = counts.map(
    (count) =>
      `<tr><th scope="row">${escaped(count.group)}</th>${MEMBER_STATES.map((state) => `<td class="${count[state] > 0 ? state : 'zero'}">${count[state]}</td>`).join('')}</tr>`,
  );
  const head = MEMBER_STATES.map((state) => `<th scope="col">${state}</th>`).join('');
  return `<table><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function troubleTable(wrong: readonly Member[], now: number): string {
  if (wrong.length === 0) return '<p class="note">Every instance that reported runs what it should.</p>';
  const rows = wrong
    .slice(0, MOST_NAMED)
    .map(
      (member) =>
        `<tr><td class="${member.state}">${member.state}</td><th scope="row">${escaped(member.instanceId)}</th><td>${escaped(member.zone ?? member.region)}</td><td>${escaped(kindOf(member))}</td><td>${escaped(reasonOf(member, now))}</td></tr>`,
    );
  const more = wrong.length > MOST_NAMED ? `<p class="note">and ${wrong.length - MOST_NAMED} more</p>` : '';
  const head = ['state', 'instance', 'zone', 'role, environment', 'why'];
  return `<div class="scroll" tabindex="0"><table class="names"><thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>${more}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const STYLE = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#16202c;--faint:#5b6875;--line:#dde2e8;--land:#cfd6de;--runs:#0b7a4b;--refuses:#c0262d;--behind:#8a5a00;--none:#5b6875}
@media(prefers-color-scheme:dark){:root{--ground:#0f141a;--card:#171e26;--ink:#e8edf2;--faint:#9aa7b4;--line:#29333e;--land:#2f3b47;--runs:#4cc38a;--refuses:#ff7b7f;--behind:#e5b567;--none:#9aa7b4}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
header,main{max-width:1040px;margin:0 auto;padding:0 20px}header{padding-top:28px;display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline}
h1{margin:0;font-size:26px}header p{margin:0;flex:1 1 320px}time{color:var(--faint);font-variant-numeric:tabular-nums}
h2{font-size:16px;margin:28px 0 10px}h3{margin:0;font-size:15px}section{margin-bottom:8px}
svg{display:block;width:100%;height:auto}.map{margin-top:18px;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:10px}
.land{stroke:var(--land);stroke-width:3.6;stroke-linecap:round}svg text{fill:var(--ink);font-size:11px}.map circle{fill:currentColor;opacity:.3}.map .core{opacity:1}
.runs{color:var(--runs)}.refuses{color:var(--refuses)}.behind{color:var(--behind)}.none,.zero{color:var(--none)}
article{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px;margin-bottom:10px}.release{margin:0 0 8px;color:var(--faint);overflow-wrap:anywhere}
.bar{display:flex;gap:2px;height:10px;border-radius:5px;overflow:hidden;background:var(--line)}.bar i{background:currentColor;min-width:3px}.counts,.note{margin:6px 0 0;color:var(--faint)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:0 24px}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:5px 8px;text-align:right;border-bottom:1px solid var(--line)}th[scope=row],.names th,.names td{text-align:left;font-weight:400;overflow-wrap:anywhere}thead th{color:var(--faint);font-weight:500}
.scroll{overflow-x:auto}figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px}figcaption{color:var(--faint)}
.chart path{fill:none;stroke-width:2}.grid{stroke:var(--line);stroke-width:1}.planned{stroke:var(--faint);stroke-dasharray:4 4}.taken{stroke:var(--runs)}.chart text{fill:var(--faint)}
@media(max-width:520px){svg text{font-size:20px}}
`.trim();
