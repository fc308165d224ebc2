import type { Json } from '#agent/plan/json.ts';
import { membersOf, plainOf, type PlanMap, type PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';
import { convertInitConfig, type Resolve } from './init-entries.ts';

/** One `.config` of a folder `.ebextensions`. */
export interface Extension {
  readonly file: string;
  readonly root: PlanNode;
}

const CONTAINER = 'container_commands';

/**
 * All files of a folder as one init document. Beanstalk goes through them in the order of their names, and only then
 * through the container commands of all.
 */
export function convertExtensions(extensions: readonly Extension[], draft: Draft): void {
  const configs: Record<string, Json> = {};
  const first: string[] = [];
  const last: string[] = [];
  for (const { file, root } of extensions.toSorted((a, b) => (nameOf(a.file) < nameOf(b.file) ? -1 : 1))) {
    const name = nameOf(file);
    const sections = new Map(
      [...((root as PlanMap).members ?? [])].filter(([section]) => !OTHERS.includes(section)),
    );
    const config = convertInitConfig({ ...(root as PlanMap), members: sections }, { name, resolve, draft });
    if (Object.keys(config).length > 0) {
      configs[name] = config;
      first.push(name);
    }
    const container = containerOf(root, draft);
    if (container) {
      const later = convertInitConfig(container, { name: `${name}-container`, resolve, draft });
      if (Object.keys(later).length > 0) {
        configs[`${name}-container`] = later;
        last.push(`${name}-container`);
      }
    }
    convertOptions(root, draft);
    const resources = (root as PlanMap).members?.get('Resources');
    if (resources) draft.leave(resources, 'Resources', 'resources of AWS belong into a template');
  }
  if (first.length + last.length === 0) return;
  const document = {
    'AWS::CloudFormation::Init': { configSets: { default: [...first, ...last] }, ...configs },
  };
  draft.put('init', 'ebextensions', {
    document: draft.file('ebextensions.json', `${JSON.stringify(document, null, 2)}\n`),
  });
}

const OTHERS: readonly string[] = [CONTAINER, 'option_settings', 'Resources'];

function nameOf(file: string): string {
  return (file.split('/').at(-1) ?? file).replace(/\.config$/, '');
}

/** Beanstalk has functions between backquotes, for its own resources. */
const resolve: Resolve = (node) => {
  const found = backquoted(node);
  if (found) return { at: found, why: 'a function between backquotes, which only Beanstalk resolves' };
  return { json: asWritten(node) };
};

/** `000644` and `yes` stay what they are; what is JSON in JSON (the content of a file) stays that. */
function asWritten(node: PlanNode): Json {
  if (node.kind === 'scalar') return node.value === null ? null : node.text;
  if (node.kind === 'list') return node.items.map(asWritten);
  return Object.fromEntries([...node.members].map(([name, below]) => [name, asWritten(below)]));
}

function backquoted(node: PlanNode): PlanNode | undefined {
  if (node.kind === 'scalar') return /`\s*\{\s*"(Ref|Fn::)/.test(node.text) ? node : undefined;
  const below = node.kind === 'list' ? node.items : [...node.members.values()];
  for (const one of below) {
    const found = backquoted(one);
    if (found) return found;
  }
  return undefined;
}

/** Its container commands as a config with commands, those of one instance put apart. */
function containerOf(root: PlanNode, draft: Draft): PlanMap | undefined {
  const node = root.kind === 'map' ? root.members.get(CONTAINER) : undefined;
  if (node?.kind !== 'map') return undefined;
  draft.remark(
    'differs',
    node,
    CONTAINER,
    'run in / unless `cwd` says otherwise, and not where Beanstalk unpacks the application',
  );
  const members = new Map<string, PlanNode>();
  for (const [name, command] of node.members) {
    if (isLeadersOnly(command)) convertLeadersCommand(name, command, draft);
    else members.set(name, without(command, 'leader_only'));
  }
  return { ...node, members: new Map([['commands', { ...node, members }]]) };
}

function isLeadersOnly(command: PlanNode): boolean {
  const flag = command.kind === 'map' ? command.members.get('leader_only') : undefined;
  return flag?.kind === 'scalar' && /^(true|yes|1)$/i.test(flag.text);
}

function without(node: PlanNode, name: string): PlanNode {
  if (node.kind !== 'map') return node;
  return { ...node, members: new Map([...node.members].filter(([one]) => one !== name)) };
}

/** One instance for all: a script of the fleet. */
function convertLeadersCommand(name: string, node: PlanNode, draft: Draft): void {
  const command = node.kind === 'map' ? node.members.get('command') : undefined;
  const others = membersOf(node).filter(([field]) => !['command', 'leader_only'].includes(field));
  if (command?.kind !== 'scalar' || backquoted(command)) {
    draft.leave(node, `${CONTAINER}.${name}`, 'a command of one instance has to be a shell line');
    return;
  }
  const run = draft.file(
    `scripts/${name.replaceAll(/[^\w-]+/g, '-')}.sh`,
    `#!/bin/sh -e\n${command.text.trimEnd()}\n`,
  );
  draft.put('scripts', name, { run, when: 'fleet' });
  draft.remark(
    'differs',
    node,
    `${CONTAINER}.${name}`,
    'leader_only became a script that runs once for the fleet and its content (docs/scripts.md)',
  );
  for (const [field, below] of others)
    draft.leave(below, `${CONTAINER}.${name}.${field}`, 'put it into the script');
}

const ENVIRONMENT = 'aws:elasticbeanstalk:application:environment';

/** Variables of the application become properties; the rest is about load balancers, groups and the platform. */
function convertOptions(root: PlanNode, draft: Draft): void {
  const node = root.kind === 'map' ? root.members.get('option_settings') : undefined;
  if (!node) return;
  const options = node.kind === 'list' ? listed(node.items) : mapped(node);
  const properties: Record<string, string> = {};
  for (const { namespace, name, value } of options) {
    if (backquoted(value))
      draft.leave(value, name, 'a function between backquotes, which only Beanstalk resolves');
    else if (namespace === ENVIRONMENT) properties[name] = plainTextOf(value);
    else
      draft.leave(
        value,
        `${namespace} ${name}`,
        'is about the environment of Beanstalk, not about the instance',
      );
  }
  if (Object.keys(properties).length > 0)
    draft.file('option-settings.json', `${JSON.stringify(properties, null, 2)}\n`);
}

interface Option {
  readonly namespace: string;
  readonly name: string;
  readonly value: PlanNode;
}

function listed(items: readonly PlanNode[]): readonly Option[] {
  return items.flatMap((item) => {
    const field = (name: string): PlanNode | undefined =>
      item.kind === 'map' ? item.members.get(name) : undefined;
    const value = field('value');
    const name = field('option_name');
    const namespace = field('namespace');
    if (!value || name?.kind !== 'scalar') return [];
    return [
      { namespace: namespace?.kind === 'scalar' ? namespace.text : ENVIRONMENT, name: name.text, value },
    ];
  });
}

function mapped(node: PlanNode): readonly Option[] {
  return membersOf(node).flatMap(([namespace, below]) =>
    below.kind === 'map'
      ? membersOf(below).map(([name, value]) => ({ namespace, name, value }))
      : [{ namespace: ENVIRONMENT, name: namespace, value: below }],
  );
}

function plainTextOf(node: PlanNode): string {
  return node.kind === 'scalar' ? node.text : JSON.stringify(plainOf(node));
}
