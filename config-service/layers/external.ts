import type { FaultCode } from '../kit/errors.ts';

/** What a name that another service answers stands for: a parameter or a secret. */
export type ExternalValue =
  | {
      readonly kind: 'value';
      readonly text: string;
      /** Another text, another version; tells nothing of the text. Equal wherever the same version was read. */
      readonly version: string;
    }
  /**
   * There is none of that name, and the service said so: only then a default stands in. `reason`: a clause for people that
   * says what of it is missing, when that is not the whole.
   */
  | { readonly kind: 'absent'; readonly reason?: string }
  /** Neither. `reason`: a clause for people, with the way out. */
  | { readonly kind: 'unusable'; readonly code: FaultCode; readonly reason: string };

/** Answers `@ssm:...` and `@secret:...`, the name as it stands in the reference. */
export type LookUpExternal = (name: string) => ExternalValue;

/** Names that another service answers, in this region only, and the colons of the ARN that may stand for such a name. */
const EXTERNAL = [
  { prefix: '@ssm:', arnColons: 5 },
  { prefix: '@secret:', arnColons: 6 },
] as const;

export function isExternalName(name: string): boolean {
  return EXTERNAL.some(({ prefix }) => name.startsWith(prefix));
}

/** Names of AWS's own tags are `aws:service:name`; of others none has a colon that a reference could know from its default's. */
const AWS_TAG_COLONS = 3;

/**
 * How many colons of a reference belong to its name, given the text after `${`: none, but for the one of the prefix, and
 * those of an ARN. Neither service allows a colon in a name: the next one begins a selector or the default.
 */
export function colonsOfName(text: string): number {
  if (text.startsWith('@tag:aws:')) return AWS_TAG_COLONS;
  if (text.startsWith('@tag:')) return 1;
  const external = EXTERNAL.find(({ prefix }) => text.startsWith(prefix));
  if (!external) return 0;
  return text.startsWith('arn:', external.prefix.length) ? 1 + external.arnColons : 1;
}

/** What may be shown, and hashed, in place of a secret. A stand-in has no version. */
export function maskOf(name: string, version: string): string {
  return version === '' ? `[${name}]` : `[${name}#${version}]`;
}
