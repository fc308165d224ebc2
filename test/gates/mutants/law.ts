import type { Mutant } from '../../support/mutants.ts';

/**
 * The tests of the laws bite: on a copy of the sources with one law broken, the test named after that law goes red. A
 * mutant that no longer fits the source fails here too, so that it is renewed rather than forgotten.
 */
export const LAW_MUTANTS: readonly (Mutant & { readonly law: number })[] = [
  {
    law: 1,
    breaks: 'the region is taken from the zone',
    file: 'agent/identity/identity.ts',
    from: '    region: facts.region,',
    to: "    region: textOf(document, 'availabilityZone').slice(0, -1),",
  },
  {
    law: 2,
    breaks: 'the region a bucket answers from is not looked at',
    file: 'agent/aws/s3-sender.ts',
    from: 'return region === undefined || region === pin.region',
    to: "return region !== 'nowhere'",
  },
  {
    law: 3,
    breaks: 'foreign state stays where it is',
    file: 'config-service/store/fence/fence.ts',
    from: "kinship === 'same' ? undefined : kinship",
    to: 'kinship ? undefined : kinship',
  },
  {
    law: 4,
    breaks: 'every region is at home',
    file: 'config-service/region/guard.ts',
    from: 'if (region === home) continue;',
    to: 'if (region !== undefined) continue;',
  },
  {
    law: 5,
    breaks: 'what could not be applied stays visible',
    file: 'agent/daemon/configuration/generation-ring.ts',
    from: 'RingMark): void {\n    this.#active = active;',
    to: 'RingMark): void {',
  },
  {
    law: 6,
    breaks: 'a source that gives nothing is believed',
    file: 'agent/daemon/configuration/configurator.ts',
    from: 'blank ?? (await',
    to: '(blank && undefined) ?? (await',
  },
  {
    law: 7,
    breaks: 'all instances poll at the same instant',
    file: 'agent/daemon/runtime/schedule.ts',
    from: 'return hash.readUIntBE(0, 6) % intervalMs;',
    to: 'return hash.length - hash.length;',
  },
];
