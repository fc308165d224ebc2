import type { Fetched } from '#config-service';
import { isSamePeers } from '../../membership/roster.ts';
import { isSameScope, type Scope } from './scope.ts';

/** Everything an outcome depends on. */
export interface Basis {
  readonly layers: Fetched['layers'];
  readonly scope: Scope;
  readonly overrides: string;
}

export function isSameBasis(a: Basis, b: Basis): boolean {
  return a.overrides === b.overrides && isSameContent(a, b);
}

/** Whatever the overrides. A source gives the very layers of before when nothing differs. */
export function isSameContent(a: Basis, b: Basis): boolean {
  return (
    a.layers === b.layers &&
    isSameScope(a.scope, b.scope) &&
    isSamePeers(a.scope.facts.peers, b.scope.facts.peers)
  );
}
