import type { LayerFile } from '#config-service';
import type { Fault, Problem } from '#kit/errors.ts';
import type { ApplyWork } from '../../apply/apply-work.ts';
import type { SchemaCheck } from '../../plan/schema-check.ts';

/** @param files of all schemas that will be asked for. */
export type LoadSchemas = (files: readonly LayerFile[]) => Promise<SchemaCheck>;

/** What the schemas of a plan say of its generation; undefined: nothing. */
export async function schemaFault(
  parts: { readonly schemas: LoadSchemas },
  work: ApplyWork,
): Promise<Fault | undefined> {
  const { schemas } = work.plan;
  if (schemas.length === 0) return undefined;
  const files = schemas.flatMap((schema) => work.asset(schema) ?? []);
  const check = await parts.schemas(files);
  const problems = check(schemas, work.asset, work.next.effective);
  return problems.length === 0 ? undefined : unfitFault(problems);
}

function unfitFault(problems: readonly Problem[]): Fault {
  return {
    code: problems[0]?.code ?? 'LF_SCHEMA',
    operation: 'accept',
    subject: 'the new generation',
    cause: `${problems.length === 1 ? 'a value is' : `${problems.length} values are`} not what the schema says`,
    hint: 'Correct the values, or the schema that the plan names.',
    problems,
  };
}
