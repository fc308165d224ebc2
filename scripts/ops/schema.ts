import { Argument, type Command } from 'commander';
import type { OpsContext } from './console/context.ts';
import { apiDocument } from './schema/api-document.ts';
import { agentSchema } from './schema/agent-schema.ts';
import { planSchema } from './schema/plan-schema.ts';

const SCHEMAS = { agent: agentSchema, api: apiDocument, plan: planSchema } as const;

export function addSchemaCommand(program: Command, context: OpsContext): void {
  program
    .command('schema')
    .addArgument(new Argument('<of>', 'agent.yaml, plan.yaml or the local API').choices(Object.keys(SCHEMAS)))
    .description('the JSON Schema of a file, for editors, or the local API as OpenAPI 3.1; prints it')
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops schema plan > plan.schema.json\n' +
        '  # first line of plan.yaml: # yaml-language-server: $schema=../plan.schema.json',
    )
    .action((of: keyof typeof SCHEMAS) => {
      context.out(`${JSON.stringify(SCHEMAS[of](), undefined, 2)}\n`);
    });
}
