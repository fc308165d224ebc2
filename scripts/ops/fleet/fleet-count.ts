import { MEMBER_STATES, type Member, type MemberState } from './member.ts';

/** How many of a group do how. */
export interface FleetCount extends Readonly<Record<MemberState, number>> {
  /** What they share: a region, a zone, or `role, environment`. */
  readonly group: string;
  readonly relocated: number;
}

export function countOf(group: string, members: readonly Member[]): FleetCount {
  const counts = Object.fromEntries(
    MEMBER_STATES.map((state) => [state, members.filter((member) => member.state === state).length]),
  ) as Record<MemberState, number>;
  return { group, ...counts, relocated: members.filter(({ relocated }) => relocated).length };
}

/** One count for each group, by name. */
export function countsBy(
  members: readonly Member[],
  groupOf: (member: Member) => string,
): readonly FleetCount[] {
  return [...Map.groupBy(members, groupOf)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, those]) => countOf(group, those));
}

/** `web, prod`; `none` for a tag that is not there. */
export function kindOf({ role, environment }: Member): string {
  return `${role ?? 'none'}, ${environment ?? 'none'}`;
}

export function zoneOf({ zone, region }: Member): string {
  return zone ?? `${region}, unknown`;
}
