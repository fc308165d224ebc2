import { good, type DoctorFinding } from './finding.ts';
import type { HostRoot } from './host-root.ts';

const MARKS = ['/.dockerenv', '/run/.containerenv', '/run/secrets/kubernetes.io'];

/**
 * What an answer of the metadata service proves. The limit itself is the TTL of the answer's packets and no item of the
 * service; Node does not show TTLs. Where it is too low the answer never comes, and the fault of `Imds` says so.
 */
export function hopLimitFinding(root: HostRoot): DoctorFinding {
  return MARKS.some((mark) => root.exists(mark))
    ? good('hop limit', 'the metadata service answers from inside this container: 2 or more')
    : good('hop limit', 'enough for this host; containers on it need 2');
}
