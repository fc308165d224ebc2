import { fixedZone, UTC, type TimeZone } from './time-zone.ts';

/** Hours from UTC. Those that mean several zones (IST, BST, CST of China) are read as logs in English mean them, or left out. */
const HOURS: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
  AKST: -9,
  AKDT: -8,
  HST: -10,
  WET: 0,
  WEST: 1,
  CET: 1,
  CEST: 2,
  EET: 2,
  EEST: 3,
  MSK: 3,
  SGT: 8,
  HKT: 8,
  AWST: 8,
  JST: 9,
  KST: 9,
  AEST: 10,
  AEDT: 11,
  NZST: 12,
  NZDT: 13,
};

/** As `%Z` prints it; undefined for one that is not known, so that the configured zone counts. */
export function zoneOfAbbreviation(name: string): TimeZone | undefined {
  const upper = name.toUpperCase();
  if (upper === 'UTC' || upper === 'GMT' || upper === 'Z') return UTC;
  const hours = HOURS[upper];
  return hours === undefined ? undefined : fixedZone(hours * 3_600_000);
}
