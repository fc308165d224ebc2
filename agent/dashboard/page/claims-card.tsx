import type { Claims } from './documents.ts';
import type { Tone } from './event-line.ts';
import { At, Card, Problem, Shown } from './shown.tsx';

const TONES: Readonly<Record<string, Tone>> = {
  held: 'good',
  mounted: 'good',
  released: 'plain',
  waiting: 'warn',
  unconfirmed: 'warn',
};

/** What of AWS this instance claims: its address and its volumes, and why it does not have them. */
export function ClaimsCard({ claims }: { readonly claims: Claims | undefined }) {
  if (claims === undefined)
    return (
      <Card title="Claims" says="none">
        <p class="hint">No plan claims an address or a volume.</p>
      </Card>
    );
  const { address, volumes } = claims;
  const tones = [...(address ? [address] : []), ...volumes].map(({ state }) => TONES[state] ?? 'bad');
  const held = tones.filter((tone) => tone === 'good').length;
  const tone = tones.includes('bad') ? 'bad' : tones.includes('warn') ? 'warn' : 'good';
  return (
    <Card
      title="Claims"
      tone={tone}
      says={held === tones.length ? `${held} held` : `${held} of ${tones.length} held`}
    >
      <ul class="findings plain">
        {address && (
          <li class={TONES[address.state] ?? 'bad'}>
            <b>
              <Shown text={address.publicIp ?? 'an address'} />
            </b>{' '}
            <span class="beside">
              address, {address.state}
              {address.confirmedAt !== null && (
                <>
                  , confirmed at <At at={address.confirmedAt} />
                </>
              )}
            </span>
            <span class="object">
              <Shown text={[`tag ${address.tag}`, address.allocationId].filter(Boolean).join(', ')} />
            </span>
            {address.failure && <Problem {...address.failure} />}
          </li>
        )}
        {volumes.map(({ name, tag, mount, state, volumeId, device, failure }) => (
          <li key={name} class={TONES[state] ?? 'bad'}>
            <b>
              <Shown text={name} />
            </b>{' '}
            <span class="beside">
              volume, {state} at <Shown text={mount} most={200} />
            </span>
            <span class="object">
              <Shown text={[`tag ${tag}`, volumeId, device].filter(Boolean).join(', ')} />
            </span>
            {failure && <Problem {...failure} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}
