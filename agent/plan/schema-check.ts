import type { ErrorObject } from 'ajv';
import type { Effective, LayerFile } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import type { PlanAsset } from './plan.ts';
import { loadSchemaCompiler, type CompiledSchema, type CompileSchema } from './schema-compiler.ts';
import { flatInstance, nestedInstance, type SchemaInstance } from './schema-instance.ts';

/**
 * What is wrong with the effective properties, by every schema that a plan names: `LF_SCHEMA`, with the place of the value.
 * Values are never repeated: they may be secret.
 * @param assetOf the file that a plan names; undefined when its layer has none, which is a problem of the plan.
 */
export type SchemaCheck = (
  schemas: readonly PlanAsset[],
  assetOf: (asset: PlanAsset) => LayerFile | undefined,
  effective: Effective,
) => readonly Problem[];

const MAX_PROBLEMS = 50;

/**
 * Loads what it takes to judge by these files, and compiles each schema once. Both go with the check: what a schema is compiled
 * to holds all of its library, 3 MiB that a daemon at rest has no use for.
 * @param files all that will be asked for.
 */
export async function loadSchemaCheck(files: readonly Pick<LayerFile, 'bytes'>[]): Promise<SchemaCheck> {
  const texts = files.map(({ bytes }) => new TextDecoder().decode(bytes));
  const compile = compileOnce(await loadSchemaCompiler(texts));
  return (schemas, assetOf, effective) =>
    schemas.flatMap((asset) => {
      const file = assetOf(asset);
      return file === undefined ? [] : problemsBy(`${asset.layer}/${asset.path}`, compile(file), effective);
    });
}

function compileOnce(compile: CompileSchema): (file: LayerFile) => CompiledSchema {
  const known = new Map<string, CompiledSchema>();
  return ({ sha256, bytes }) => {
    const compiled = known.get(sha256) ?? compile(new TextDecoder().decode(bytes));
    known.set(sha256, compiled);
    return compiled;
  };
}

function problemsBy(schema: string, compiled: CompiledSchema, effective: Effective): readonly Problem[] {
  if (compiled.kind === 'invalid') {
    return [{ code: 'LF_SCHEMA', message: `it is no valid JSON Schema: ${compiled.reason}`, file: schema }];
  }
  const instance = (compiled.isNested ? nestedInstance : flatInstance)(effective);
  const violations = compiled.violations(instance.value);
  const problems = violations
    .slice(0, MAX_PROBLEMS)
    .map((violation) => problemOf(violation, schema, instance));
  if (violations.length > MAX_PROBLEMS) {
    const message = `${schema}: and ${violations.length - MAX_PROBLEMS} more`;
    problems.push({ code: 'LF_SCHEMA', message, file: schema });
  }
  return problems;
}

/** The place is that of the value; where there is none, the schema that misses it. */
function problemOf(
  { instancePath, params, message }: ErrorObject,
  schema: string,
  instance: SchemaInstance,
): Problem {
  const missing = nameIn(params, 'missingProperty');
  const extra = nameIn(params, 'additionalProperty') ?? nameIn(params, 'unevaluatedProperty');
  const pointer = extra === undefined ? instancePath : `${instancePath}/${escapePointer(extra)}`;
  const key = keyOf(missing === undefined ? pointer : `${pointer}/${escapePointer(missing)}`);
  const says =
    missing !== undefined
      ? `has no value, and ${schema} requires one`
      : extra !== undefined
        ? `is a key that ${schema} does not know`
        : `${message ?? 'is not valid'}, says ${schema}`;
  const winner = instance.propertyAt(pointer)?.winner;
  return {
    code: 'LF_SCHEMA',
    message: `${key === '' ? 'the configuration' : key} ${says}`,
    ...(winner === undefined
      ? { file: schema }
      : { file: `${winner.layer}/${winner.file}`, line: winner.line }),
  };
}

function nameIn(params: ErrorObject['params'], name: string): string | undefined {
  const value: unknown = params[name];
  return typeof value === 'string' ? value : undefined;
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `/db/port` and `/db.port` are both the key `db.port`. */
function keyOf(pointer: string): string {
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}
