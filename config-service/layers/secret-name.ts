import type { ExternalValue } from './external.ts';

/** A parameter or a secret of this region, as its service is asked for it. */
export interface SecretName {
  readonly kind: 'name';
  readonly service: 'ssm' | 'secretsmanager';
  /** Name or ARN. */
  readonly id: string;
  /** Of the JSON object that the secret holds; undefined for all of it. */
  readonly field: string | undefined;
}

type Unusable = Extract<ExternalValue, { kind: 'unusable' }>;

// AWS Systems Manager API reference, PutParameter; AWS Secrets Manager API reference, CreateSecret.
const PARAMETER = /^[\w./-]{1,1011}$/;
const SECRET = /^[\w/+=.@!-]{1,512}$/;
const ARN = /^arn:[\w-]+:([\w-]+):([\w-]*):\d*:(parameter|secret)[:/](.+)$/;

/**
 * Reads `@ssm:/name`, `@secret:name` and `@secret:name#field`; in place of a name an ARN. Laws 1 and 2: an ARN of another
 * region is refused here, before anybody is asked.
 */
export function readSecretName(name: string, region: string): SecretName | Unusable {
  const isParameter = name.startsWith('@ssm:');
  const [id = '', field] = isParameter ? [name.slice(5)] : splitField(name.slice('@secret:'.length));
  const service = isParameter ? 'ssm' : 'secretsmanager';
  if (field === '') return invalid('after # comes the name of a field');
  if (!id.startsWith('arn:')) {
    if ((isParameter ? PARAMETER : SECRET).test(id)) return { kind: 'name', service, id, field };
    return invalid(isParameter ? 'this is no name of a parameter' : 'this is no name of a secret');
  }
  const [, of, where, type, rest = ''] = ARN.exec(id) ?? [];
  const fits = of === service && type === (isParameter ? 'parameter' : 'secret');
  if (!fits || !(isParameter ? PARAMETER : SECRET).test(rest)) {
    return invalid(`this is no ARN of a ${isParameter ? 'parameter' : 'secret'}`);
  }
  if (where !== region) {
    const reason = `it is in ${where}, this instance is in ${region}; write the name alone, or \${@region} in the ARN`;
    return { kind: 'unusable', code: 'LF_REGION_FOREIGN', reason };
  }
  return { kind: 'name', service, id, field };
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

function splitField(text: string): readonly string[] {
  const mark = text.indexOf('#');
  return mark < 0 ? [text] : [text.slice(0, mark), text.slice(mark + 1)];
}

function invalid(reason: string): Unusable {
  return { kind: 'unusable', code: 'LF_SECRET_INVALID', reason };
}
