import type { Fault } from '#kit/errors.ts';
import { opposite, type Holdings, type Instance, type Pair, type Side, type Volume } from './holdings.ts';
import { courseTo } from './course.ts';
import { isGone, type Origin } from './next-moves.ts';
import type { Named } from './reading.ts';
import { swapFault } from './swap-fault.ts';

/**
 * Why everything stays as it is; all reasons at once. On the way back green may be gone: its volumes are free by then.
 */
export function refusalsOf(
  holdings: Holdings,
  pair: Pair,
  named: Named,
  goal: Side,
  origin: Origin,
): readonly Fault[] {
  const missing = missingOf(holdings, pair, named, goal);
  if (missing.length > 0) return missing;
  const { blue, green } = holdings;
  const found = [
    ...(blue && green ? zoneFaults(blue, green) : []),
    ...stateFaults(holdings, goal),
    ...holdings.volumes.flatMap((volume) => volumeFaults(volume, holdings, goal)),
    ...addressFaults(holdings, goal),
  ];
  const { fault } = courseTo(goal, holdings, origin);
  return fault === undefined ? found : [...found, fault];
}

function missingOf(
  holdings: Holdings,
  { region, blue, green }: Pair,
  named: Named,
  goal: Side,
): readonly Fault[] {
  const hint = `Check the id, --region ${region} and the account.`;
  const fault = (subject: string): Fault =>
    swapFault('LF_SWAP_MISSING', subject, `it is not there in ${region}`, hint);
  const gone = (id: string, instance: Instance | undefined): readonly Fault[] =>
    !instance || isGone(instance) ? [fault(id)] : [];
  const { addresses, volumes } = holdings;
  return [
    ...gone(blue, holdings.blue),
    ...(goal === 'green' ? gone(green, holdings.green) : []),
    ...named.addresses
      .filter((id) => !addresses.some(({ allocation, ip }) => allocation === id || ip === id))
      .map((id) => fault(id)),
    ...named.volumes.filter((id) => !volumes.some((volume) => volume.id === id)).map((id) => fault(id)),
  ];
}

function zoneFaults(blue: Instance, green: Instance): readonly Fault[] {
  if (blue.zone === green.zone) return [];
  return [
    swapFault(
      'LF_SWAP_ZONE',
      green.id,
      `it is in ${green.zone}, ${blue.id} is in ${blue.zone}`,
      `Start green in ${blue.zone}: a volume is bound to its zone.`,
    ),
  ];
}

function stateFaults(holdings: Holdings, goal: Side): readonly Fault[] {
  const to = holdings[goal];
  if (!to || to.state === 'running' || goal === 'blue') return [];
  return [
    swapFault('LF_SWAP_STATE', to.id, `it is ${to.state}`, 'Start it, and see that its service is well.'),
  ];
}

function volumeFaults(volume: Volume, holdings: Holdings, goal: Side): readonly Fault[] {
  const { id, zone, state, multiAttach, attachments } = volume;
  const { blue, green } = holdings;
  const to = holdings[goal];
  const faults: Fault[] = [];
  for (const { rootDevice, id: instance } of [blue, green].flatMap((one) => one ?? [])) {
    if (attachments.some((at) => at.instance === instance && at.device === rootDevice)) {
      const hint = 'Name volumes of data only.';
      faults.push(swapFault('LF_SWAP_ROOT', id, `it is the root volume of ${instance}`, hint));
    }
  }
  if (multiAttach || attachments.length > 1) {
    const cause = 'it is made for several instances at once (Multi-Attach)';
    faults.push(
      swapFault('LF_SWAP_STATE', id, cause, 'Attach it to both by hand; there is nothing to move.'),
    );
  }
  if (!/^(?:available|in-use)$/.test(state))
    faults.push(swapFault('LF_SWAP_STATE', id, `it is ${state}`, 'Wait, or name another one.'));
  if (to && zone !== to.zone) {
    const cause = `it is in ${zone}, ${to.id} is in ${to.zone}`;
    faults.push(swapFault('LF_SWAP_ZONE', id, cause, 'A volume is attached in its own zone only.'));
  }
  return faults;
}

/** To be given a second Elastic IP is to lose the first. */
function addressFaults(holdings: Holdings, goal: Side): readonly Fault[] {
  const to = holdings[goal];
  if (!to || holdings.addresses.length === 0) return [];
  const named = new Set(holdings.addresses.map(({ allocation }) => allocation));
  return to.elasticIps
    .filter((allocation) => !named.has(allocation))
    .map((allocation) =>
      swapFault(
        'LF_SWAP_ADDRESS',
        to.id,
        `it has another Elastic IP, ${allocation}`,
        `Move that one away first, or name an instance without; ${opposite(goal)} keeps everything.`,
      ),
    );
}
