import type { Fetched } from '#config-service';
import { isSamePeers } from '../../membership/roster.ts';
import { isSameScope, type Scope } from './scope.ts';

/** Everything an outcome depends on. */
export interface Basis {
  readonly layers: Fetched['layers'];
  readonly scope: Scope;
  readonly overrides: string;
}

/** A source gives the very layers of before when nothing differs. */
export function isSameBasis(a: Basis, b: Basis): boolean {
  return (
    a.layers === b.layers &&
    a.overrides === b.overrides &&
    isSameScope(a.scope, b.scope) &&
    isSamePeers(a.scope.facts.peers, b.scope.facts.peers)
  );
}
