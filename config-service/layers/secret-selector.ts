/**
 * Which version of a parameter or secret is meant, and which field, in the spelling of AWS. A selector stands after the
 * name or ARN and is written out; what follows it, after one more colon, is the default.
 *
 * - `@ssm:/name:3`, `@ssm:/name:label` as in GetParameters (AWS Systems Manager API reference);
 * - `@secret:name:key:stage:id`, each part or none, as in `valueFrom` of an ECS task definition;
 * - `@secret:name:SecretString:key:stage:id`, parts left out from the end, as in dynamic references of CloudFormation.
 */
const SSM = /^:(?:\d{1,19}|[A-Za-z_.-][\w.-]{0,99})(?=[:}])/;
const KEY = '[^:#{}$]*';
const STAGE = '[\\w+=.@-]{0,256}';
const VERSION_ID = '(?:[\\w-]{32,64})?';
const ECS = new RegExp(`^:(${KEY}):(${STAGE}):(${VERSION_ID})(?=[:}]|$)`);
const CLOUDFORMATION = new RegExp(
  `^:SecretString(?::(${KEY})(?::(${STAGE})(?::(${VERSION_ID}))?)?)?(?=[:}]|$)`,
);

/** Nobody means it as a default: it belongs to the name, where it is refused with the spelling to use. */
const SLIP =
  /^:(?:[^:{}$]*:)?AWS(?:CURRENT|PREVIOUS|PENDING)(?=\})|^:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\})/;
/** Behind an ARN, whose place is where selectors are expected. */
const ARN_SLIP = /^:[A-Za-z_][\w.-]*(?=\})/;
const WORD = /^:([\w.-]+)(?=\})/;

/** What the parts say; empty texts where they say nothing. */
export interface SecretSelector {
  readonly key: string;
  readonly stage: string;
  readonly versionId: string;
}

/**
 * How long the selector is that begins at `rest`, which starts with a colon; 0: the colon begins the default.
 * @param name what stands before it, as written.
 */
export function selectorLength(name: string, rest: string): number {
  if (name.startsWith('@ssm:')) return SSM.exec(rest)?.[0].length ?? 0;
  const found = CLOUDFORMATION.exec(rest) ?? ECS.exec(rest) ?? SLIP.exec(rest);
  if (found) return found[0].length;
  const isArn = name.startsWith('@secret:arn:') && !name.includes('#');
  return isArn ? (ARN_SLIP.exec(rest)?.[0].length ?? 0) : 0;
}

/** A default that looks like the field of a secret; undefined when it does not. */
export function fieldLikeDefault(name: string, rest: string): string | undefined {
  return name.startsWith('@secret:') && !name.includes('#') ? WORD.exec(rest)?.[1] : undefined;
}

/** Why a default is refused that is the name of a field. */
export function fieldMeant(name: string, field: string) {
  const reason = `'${field}' is a field of this secret; write \${${name}#${field}} for it, or \${${name}::${field}} for a default`;
  return { kind: 'unusable', code: 'LF_SECRET_INVALID', reason } as const;
}

/** The parts of a selector of Secrets Manager; undefined when it is none. @param text all of it, or nothing. */
export function readSecretSelector(text: string): SecretSelector | undefined {
  if (text === '') return { key: '', stage: '', versionId: '' };
  const found = CLOUDFORMATION.exec(text) ?? ECS.exec(text);
  if (found?.[0].length !== text.length) return undefined;
  const [, key = '', stage = '', versionId = ''] = found;
  return { key, stage, versionId };
}
