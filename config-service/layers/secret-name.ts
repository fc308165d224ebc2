import type { ExternalValue } from './external.ts';
import { readSecretSelector } from './secret-selector.ts';

/** A parameter or a secret of this region, as its service is asked for it. */
export interface SecretName {
  readonly kind: 'name';
  readonly service: 'ssm' | 'secretsmanager';
  /** Name or ARN. */
  readonly id: string;
  /** Which version: of a parameter `:3` or `:label`, of a secret `:stage:id` with either or both; empty for the current one. */
  readonly selector: string;
  /** Field of the JSON object that the secret holds; undefined for all of it. */
  readonly field: string | undefined;
}

type Unusable = Extract<ExternalValue, { kind: 'unusable' }>;

// AWS Systems Manager API reference, PutParameter; AWS Secrets Manager API reference, CreateSecret.
const PARAMETER = /^[\w./-]{1,1011}$/;
const SECRET = /^[\w/+=.@!-]{1,512}$/;
const ARN = /^arn:[\w-]+:([\w-]+):([\w-]*):\d*:(parameter|secret)[:/](.+)$/;
const PARAMETER_SELECTOR = /^:(?:\d+|[A-Za-z_.-][\w.-]{0,99})$/;

/** Name or ARN, `#field`, and what begins at the colon that belongs to neither. */
const PARAMETER_PARTS = /^((?:arn:(?:[^:]*:){4})?[^:]*)()(:[^]*)?$/;
const SECRET_PARTS = /^((?:arn:(?:[^:]*:){5})?[^:#]*)(#[^:]*)?(:[^]*)?$/;

/**
 * Reads `@ssm:/name`, `@secret:name` and `@secret:name#field`, each with a selector (`secret-selector.ts`); in place of a
 * name an ARN. An ARN of another region is refused here, before anybody is asked.
 */
export function readSecretName(name: string, region: string): SecretName | Unusable {
  const isParameter = name.startsWith('@ssm:');
  const text = name.slice(name.indexOf(':') + 1);
  const [, id = '', mark, rest = ''] = (isParameter ? PARAMETER_PARTS : SECRET_PARTS).exec(text) ?? [];
  const wrong = isParameter ? wrongParameter(id) : wrongSecret(id);
  if (wrong !== undefined) return invalid(wrong);
  const [, , where = region] = ARN.exec(id) ?? [];
  if (where !== region) {
    const reason = `it is in ${where}, this instance is in ${region}; write the name alone, or \${@region} in the ARN`;
    return { kind: 'unusable', code: 'LF_REGION_FOREIGN', reason };
  }
  if (isParameter) {
    if (rest !== '' && !PARAMETER_SELECTOR.test(rest))
      return invalid('after the name of a parameter comes a version or a label');
    return { kind: 'name', service: 'ssm', id, selector: rest, field: undefined };
  }
  return withSelector(id, mark?.slice(1), rest);
}

function withSelector(id: string, field: string | undefined, rest: string): SecretName | Unusable {
  if (field === '') return invalid('after # comes the name of a field');
  const selector = readSecretSelector(rest);
  const shown = id.startsWith('arn:') ? 'ARN' : id;
  if (selector === undefined) {
    return invalid(
      `'${rest}' is no selector; write ${shown}#field, ${shown}#field::AWSPREVIOUS: for a stage, ${shown}:::ID for a version, or ${shown}::text for a default`,
    );
  }
  const { key, stage, versionId } = selector;
  if (field !== undefined && key !== '') return invalid(`it names two fields, ${field} and ${key}`);
  return {
    kind: 'name',
    service: 'secretsmanager',
    id,
    selector: stage === '' && versionId === '' ? '' : `:${stage}:${versionId}`,
    field: field ?? (key === '' ? undefined : key),
  };
}

function wrongParameter(id: string): string | undefined {
  if (!id.startsWith('arn:')) return PARAMETER.test(id) ? undefined : 'this is no name of a parameter';
  const [, service, , type, rest = ''] = ARN.exec(id) ?? [];
  const fits = service === 'ssm' && type === 'parameter' && PARAMETER.test(rest);
  return fits ? undefined : 'this is no ARN of a parameter';
}

function wrongSecret(id: string): string | undefined {
  if (!id.startsWith('arn:')) return SECRET.test(id) ? undefined : 'this is no name of a secret';
  const [, service, , type, rest = ''] = ARN.exec(id) ?? [];
  const fits = service === 'secretsmanager' && type === 'secret' && SECRET.test(rest);
  return fits ? undefined : 'this is no ARN of a secret';
}

/**
 * Stands in where no secret can be read, such as on an operator's machine: every one exists and reads `[secret]`, but
 * what is wrong with its name is wrong.
 */
export function placeholderSecrets(region: string): (name: string) => ExternalValue {
  return (name) => {
    const read = readSecretName(name, region);
    return read.kind === 'unusable' ? read : { kind: 'value', text: '[secret]', version: '' };
  };
}

function invalid(reason: string): Unusable {
  return { kind: 'unusable', code: 'LF_SECRET_INVALID', reason };
}
