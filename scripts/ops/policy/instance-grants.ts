import type { Grant } from './grant.ts';
import { hostGrants } from './host-grants.ts';
import { keyGrants } from './key-grants.ts';
import type { Needs } from './needs.ts';
import { sourceGrants } from './source-grants.ts';
import { telemetryGrants } from './telemetry-grants.ts';
import { valueGrants } from './value-grants.ts';

/** All that an instance calls of AWS, and nothing beside. */
export function instanceGrants(needs: Needs): readonly Grant[] {
  const grants = [
    ...sourceGrants(needs),
    ...valueGrants(needs),
    ...hostGrants(needs),
    ...telemetryGrants(needs),
  ];
  return [...grants, ...keyGrants(needs, grants)];
}
