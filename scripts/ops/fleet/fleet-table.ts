import { alignColumns, oneLine, paint, type Style, type Terminal } from '#agent/console/terminal.ts';
import { formatDuration } from '#kit/duration.ts';
import { epochMsOf } from '#kit/iso-time.ts';
import { countOf, countsBy, kindOf, zoneOf, type FleetCount } from './fleet-count.ts';
import type { FleetRegion } from './fleet-region.ts';
import type { Member } from './member.ts';

/** As many as a person goes and looks at. */
const MOST_NAMED = 20;

/** The fleet for a terminal: by region, by role and environment, by zone, and by name who does not run what it should. */
export function fleetTable(regions: readonly FleetRegion[], now: number, terminal: Terminal): string {
  const members = regions.flatMap((region) => region.members);
  const ofRegions = regions.map((region): readonly string[] => [
    paint(terminal, 'bold', region.region),
    ...cellsOf(countOf(region.region, region.members), terminal),
    releaseOf(region),
  ]);
  const table = alignColumns([headOf('region', terminal, 'release'), ...ofRegions], terminal.columns);
  if (members.length === 0) return `${table}\nno reports: see docs/fleet.md\n`;
  const rest = [
    groupTable('role, environment', countsBy(members, kindOf), terminal),
    groupTable('zone', countsBy(members, zoneOf), terminal),
    troubles(members, now, terminal),
    unreadLine(regions),
  ];
  return [table, ...rest.filter((part) => part !== '')].join('\n');
}

function headOf(group: string, terminal: Terminal, ...more: readonly string[]): readonly string[] {
  const titles = [group, 'runs', 'refuses', 'behind', 'relocated', ...more];
  return titles.map((title) => paint(terminal, 'dim', title.toUpperCase()));
}

function cellsOf({ runs, refuses, behind, relocated }: FleetCount, terminal: Terminal): readonly string[] {
  const shown = (count: number, style: Style): string =>
    count === 0 ? '0' : paint(terminal, style, String(count));
  return [shown(runs, 'green'), shown(refuses, 'red'), shown(behind, 'yellow'), shown(relocated, 'cyan')];
}

function groupTable(title: string, counts: readonly FleetCount[], terminal: Terminal): string {
  const rows = counts.map((count) => [oneLine(count.group), ...cellsOf(count, terminal)]);
  return alignColumns([headOf(title, terminal), ...rows], terminal.columns);
}

function releaseOf({ stable, rollout }: FleetRegion): string {
  if (!rollout) return stable;
  const { release, percent, halted } = rollout;
  return halted === null ? `${stable}, ${release} at ${percent}%` : `${stable}, ${release} halted`;
}

function troubles(members: readonly Member[], now: number, terminal: Terminal): string {
  const wrong = members.filter(({ state }) => state !== 'runs');
  if (wrong.length === 0) return '';
  const rows = wrong
    .slice(0, MOST_NAMED)
    .map((member) => [
      paint(terminal, member.state === 'refuses' ? 'red' : 'yellow', member.state),
      oneLine(member.instanceId),
      oneLine(member.zone ?? member.region),
      oneLine(kindOf(member)),
      oneLine(reasonOf(member, now)),
    ]);
  const more = wrong.length > MOST_NAMED ? `and ${wrong.length - MOST_NAMED} more\n` : '';
  return alignColumns(rows, terminal.columns) + more;
}

/** Why it does not run what the pointer means for it, and since when. */
export function reasonOf({ state, code, at, meant, meantSince, release }: Member, now: number): string {
  const ago = (ms: number): string => `${formatDuration(Math.max(0, now - ms))} ago`;
  if (state === 'refuses') return `${meant}: ${code ?? 'unknown'}, ${ago(epochMsOf(at))}`;
  return `${release ?? 'nothing'}; ${meant} was due ${ago(meantSince)}`;
}

function unreadLine(regions: readonly FleetRegion[]): string {
  const unread = regions.reduce((sum, region) => sum + region.unread, 0);
  return unread === 0 ? '' : `${unread} reports were not read: there are too many\n`;
}
