import { Argument, type Command } from 'commander';
import type { OpsContext } from './console/context.ts';
import { agentSchema } from './schema/agent-schema.ts';
import { planSchema } from './schema/plan-schema.ts';

const SCHEMAS = { agent: agentSchema, plan: planSchema } as const;

export function addSchemaCommand(program: Command, context: OpsContext): void {
  program
    .command('schema')
    .addArgument(new Argument('<of>', 'agent.yaml or plan.yaml').choices(Object.keys(SCHEMAS)))
    .description('the JSON Schema of a file, for editors; prints it')
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops schema plan > plan.schema.json\n' +
        '  # first line of plan.yaml: # yaml-language-server: $schema=../plan.schema.json',
    )
    .action((of: keyof typeof SCHEMAS) => {
      context.out(`${JSON.stringify(SCHEMAS[of](), undefined, 2)}\n`);
    });
}
