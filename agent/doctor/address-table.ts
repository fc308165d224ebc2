import type { IpRanges } from '#config-service';
import type { Outcome } from '#kit/outcome.ts';
import { failure, good, type DoctorFinding } from './finding.ts';

/** The file that `ipRanges` names, by which the region of an address is told. */
export function tableFinding(table: Outcome<IpRanges>, file: string): DoctorFinding {
  if (table.kind !== 'ok') return failure('ip ranges', table.fault);
  const { prefixes, createdAt } = table.value;
  return good('ip ranges', `${prefixes} networks in ${file}, of ${createdAt}`);
}
