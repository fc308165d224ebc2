import type { LayerFile } from '#config-service';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../plan/json.ts';
import { memberOf, membersOf, type PlanNode } from '../../plan/plan-node.ts';
import { parsePlanDocument } from '../../plan/plan-document.ts';
import type { InitDocument } from './document.ts';
import type { Report } from './fields.ts';

/** Sections of a file of `.ebextensions` that a config of an init document has, too. */
const SHARED: readonly string[] = ['packages', 'groups', 'users', 'sources', 'files', 'commands', 'services'];

const ENVIRONMENT = 'aws:elasticbeanstalk:application:environment';

/**
 * The files of a folder `.ebextensions` as one init document. As Beanstalk does: all files in the order of their names, then
 * the container commands of all, which see the variables of the application.
 */
export function readExtensions(files: readonly LayerFile[], report: Report): InitDocument | undefined {
  const configs = new Map<string, Json>();
  const first: string[] = [];
  const last: string[] = [];
  const roots = files.flatMap((file): readonly (readonly [string, PlanNode])[] => {
    const name = (file.path.split('/').at(-1) ?? file.path).replace(/\.config$/, '');
    const { root, problems } = parsePlanDocument('', file);
    for (const { message, line } of problems) report(`${file.path}:${line ?? 1}`, message);
    return root ? [[name, root]] : [];
  });
  const variables = Object.assign({}, ...roots.map(([, root]) => variablesOf(root))) as JsonObject;
  for (const [name, root] of roots) {
    for (const [section, node] of membersOf(root)) {
      if (SHARED.includes(section) || section === 'container_commands' || section === 'option_settings')
        continue;
      const line = `${name}/${section}`;
      if (/^(Resources|Outputs|Parameters|Conditions|Mappings)$/.test(section)) {
        report(
          line,
          'resources of AWS belong into a template; take it out of the folder',
          'LF_INIT_UNSUPPORTED',
        );
      } else
        report(
          line,
          `is unknown here; known are ${[...SHARED, 'container_commands', 'option_settings'].join(', ')} (line ${node.line})`,
        );
    }
    const config = membersOf(root).filter(([section]) => SHARED.includes(section));
    if (config.length > 0) {
      configs.set(name, Object.fromEntries(config.map(([section, node]) => [section, written(node)])));
      first.push(name);
    }
    const commands = membersOf(memberOf(root, 'container_commands'));
    if (commands.length > 0) {
      const later = `${name} container_commands`;
      const entries = commands.map(([command, node]) => [
        command,
        containerCommand(`${later}/${command}`, node, variables, report),
      ]);
      configs.set(later, { commands: Object.fromEntries(entries) as Json });
      last.push(later);
    }
  }
  for (const [name, config] of configs) tellFunctions(config, name, report);
  return { configSets: { default: [...first, ...last] }, configs };
}

/** Beanstalk picks a leader; the turn that a fleet takes is a script's here. */
function containerCommand(at: string, node: PlanNode, variables: JsonObject, report: Report): Json {
  const { leader_only: leader, env, ...rest } = written(node) as JsonObject;
  if (leader === 'true') {
    report(
      at,
      'leader_only is done by a script with `when: fleet`; `landfall-ops convert` makes one of it',
      'LF_INIT_UNSUPPORTED',
    );
  }
  const own = isJsonObject(env) ? env : {};
  const all = { ...variables, ...own };
  return Object.keys(all).length === 0 ? rest : { ...rest, env: all };
}

/** What the application finds in its environment: a list of settings, or maps by their namespace. */
function variablesOf(root: PlanNode): JsonObject {
  const node = memberOf(root, 'option_settings');
  const pairs: [string, Json][] = [];
  for (const item of node?.kind === 'list' ? node.items : []) {
    const { namespace = ENVIRONMENT, option_name: name, value } = written(item) as JsonObject;
    if (namespace === ENVIRONMENT && typeof name === 'string' && value !== undefined)
      pairs.push([name, value]);
  }
  for (const [name, value] of membersOf(node)) {
    if (value.kind === 'scalar') pairs.push([name, value.text]);
    else if (name === ENVIRONMENT)
      for (const [one, text] of membersOf(value)) pairs.push([one, written(text)]);
  }
  return Object.fromEntries(pairs);
}

/** As written, for `000644` is a mode; only what is JSON in the content of a file stays that. */
function written(node: PlanNode): Json {
  if (node.kind === 'scalar') return node.value === null ? [] : node.text;
  if (node.kind === 'list') return node.items.map(written);
  return Object.fromEntries([...node.members].map(([name, member]) => [name, written(member)]));
}

function tellFunctions(value: Json, at: string, report: Report): void {
  if (typeof value === 'string') {
    if (/`\s*\{\s*"(?:Ref|Fn::)/.test(value))
      report(at, 'holds a function between backquotes, which only Beanstalk resolves', 'LF_INIT_UNSUPPORTED');
  } else if (isJsonList(value)) {
    for (const [index, below] of value.entries()) tellFunctions(below, `${at}/${index}`, report);
  } else if (isJsonObject(value)) {
    for (const [name, below] of Object.entries(value)) tellFunctions(below, `${at}/${name}`, report);
  }
}
