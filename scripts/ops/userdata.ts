import { Option, type Command } from 'commander';
import { parseSourceAddress } from '#config-service';
import type { OpsContext } from './console/context.ts';
import { factsOf, STAND_IN_ACCOUNT } from './folder/scenario.ts';
import { collect, usage, valueOf } from './console/options.ts';
import { readAgentAddress, type AgentAddress } from './userdata/agent-address.ts';
import { readEnvironment } from './userdata/environment.ts';
import {
  fittingUserData,
  FORMATS,
  packedUserData,
  renderUserData,
  type Format,
} from './userdata/user-data.ts';

interface Flags {
  readonly source: string;
  readonly agent: readonly string[];
  readonly agentArm64?: string;
  readonly agentOwner?: string;
  readonly format: Format;
  readonly baked?: boolean;
  readonly gzip?: boolean;
  readonly env: readonly string[];
}

export function addUserdataCommand(program: Command, context: OpsContext): void {
  program
    .command('userdata')
    .description('user data that makes an instance of any region a citizen of it; prints it')
    .requiredOption('--source <address>', "the agent's `source`: s3://bucket-{region}/prefix")
    .option(
      '--agent <address>',
      'where the agent lies: [x64=|arm64=]s3://bucket-{region}/prefix@sha256:DIGEST',
      collect,
      [],
    )
    .option('--agent-arm64 <address>', 'the same as --agent arm64=...')
    .option('--agent-owner <account>', "the account that owns the agent's buckets, when it is another one")
    .addOption(new Option('--format <format>', 'what cloud-init gets').choices(FORMATS).default('shell'))
    .option('--baked', 'for an image that holds the agent and its unit')
    .option('--gzip', 'packed, as cloud-init takes it too: room for parts of your own, and more of --env')
    .option('--env <name=value>', 'a variable of the script and the agent; no secrets', collect, [])
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops userdata --source 's3://payroll-{region}/landfall' \\\n" +
        "    --agent 's3://acme-agents-{region}/landfall@sha256:DIGEST' > userdata.sh",
    )
    .action((flags: Flags) => {
      const environment = readEnvironment(checkedSource(flags.source), flags.env);
      const { format, agentOwner } = flags;
      if (agentOwner !== undefined && !/^\d{12}$/.test(agentOwner)) {
        throw usage(`--agent-owner ${agentOwner}`, 'it is no account', 'Write its twelve digits.');
      }
      const agents = readAgents(flags);
      const owner = agentOwner === undefined ? {} : { agentOwner };
      const text = renderUserData({ environment, agents, format, ...owner });
      if (flags.gzip === true) context.outBytes(packedUserData(text));
      else context.out(fittingUserData(text));
    });
}

function readAgents({ agent, agentArm64, baked }: Flags): readonly AgentAddress[] {
  const agents = agent.map((text) => readAgentAddress(text));
  if (agentArm64 !== undefined) agents.push(readAgentAddress(agentArm64, 'arm64'));
  if (baked === true) {
    if (agents.length > 0) throw usage('--baked', 'the image holds the agent already', 'Leave --agent out.');
    return [];
  }
  if (agents.length === 0) {
    const hint = 'Upload one with `landfall-ops upload-agent`, or say --baked for an image that holds it.';
    throw usage('--agent', 'nothing says where the agent lies', hint);
  }
  const twice = agents.find(({ arch }, at) => agents.findIndex((other) => other.arch === arch) !== at);
  if (twice) throw usage('--agent', `there are two for ${twice.arch}`, 'Write arm64=s3://... for the other.');
  return agents;
}

/** What the agent would refuse at boot is refused here. Tags are not known, so any word stands in for them. */
function checkedSource(source: string): string {
  const scenario = { region: 'eu-west-1', role: 'role', environment: 'environment' };
  valueOf(parseSourceAddress(source, valueOf(factsOf(scenario, { account: STAND_IN_ACCOUNT }))));
  return source.trim();
}
