import type { Json, JsonObject } from '#agent/plan/json.ts';
import { memberOf, membersOf, writtenOf, type PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';
import { convertInitConfig, type Resolve } from './init-entries.ts';
import { createResolver } from './intrinsics.ts';
import { unreadable } from './located.ts';

const INIT = 'AWS::CloudFormation::Init';

export interface Wanted {
  /** Whose init it shall be, by its logical id. */
  readonly resource: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A whole template, a resource of one, its metadata or the bare init. Fails with `LF_CONVERT`. */
export function convertCloudFormation(file: string, root: PlanNode, wanted: Wanted, draft: Draft): void {
  const { id, resource, init } = resourceOf(file, root, wanted.resource);
  const told = new Set<string>();
  const resolve = createResolver((name, at) => {
    const given = wanted.parameters.get(name);
    if (given !== undefined) return given;
    const otherwise = memberOf(memberOf(memberOf(root, 'Parameters'), name), 'Default');
    if (otherwise?.kind !== 'scalar') return undefined;
    if (!told.has(name)) {
      told.add(name);
      draft.remark(
        'differs',
        at,
        name,
        `its default is written: ${JSON.stringify(otherwise.text)}; --parameter ${name}=VALUE says another`,
      );
    }
    return otherwise.text;
  });
  const document = draft.file(`${id}.json`, documentOf(init, resolve, draft));
  const sets = configSetsOf(resource);
  draft.put('init', id, { document, ...(sets === undefined ? {} : { configSets: sets }) });
  tellUserData(id, resource, draft);
}

function resourceOf(
  file: string,
  root: PlanNode,
  wanted: string | undefined,
): { id: string; resource: PlanNode | undefined; init: PlanNode } {
  const found = membersOf(memberOf(root, 'Resources')).flatMap(([id, resource]) => {
    const init = memberOf(memberOf(resource, 'Metadata'), INIT);
    return init ? [{ id, resource, init }] : [];
  });
  const bare = memberOf(root, INIT) ?? memberOf(memberOf(root, 'Metadata'), INIT);
  if (found.length === 0 && bare) return { id: 'init', resource: root, init: bare };
  const chosen = wanted === undefined ? found : found.filter(({ id }) => id === wanted);
  const [one] = chosen;
  if (chosen.length === 1 && one) return one;
  const names = found.map(({ id }) => id).join(', ');
  if (found.length === 0) throw unreadable(file, `no resource of it has metadata ${INIT}`);
  throw unreadable(
    file,
    wanted === undefined
      ? `several resources have an init, and an instance is one of them: say --resource ${names.replaceAll(', ', ' or ')}`
      : `no resource ${wanted} has an init; there are ${names}`,
  );
}

function documentOf(init: PlanNode, resolve: Resolve, draft: Draft): string {
  const configs: [string, JsonObject | Json][] = [];
  for (const [name, node] of membersOf(init)) {
    if (name === 'configSets') configs.push([name, writtenOf(node)]);
    else configs.push([name, convertInitConfig(node, { name, resolve, draft })]);
  }
  return `${JSON.stringify({ [INIT]: Object.fromEntries(configs) }, null, 2)}\n`;
}

/** What the user data asks cfn-init for. */
function configSetsOf(resource: PlanNode | undefined): readonly string[] | undefined {
  const userData = memberOf(memberOf(resource, 'Properties'), 'UserData');
  if (!userData) return undefined;
  const text = JSON.stringify(writtenOf(userData)).replaceAll(/",\s*"|\\+n|\\\\/g, ' ');
  const found = /cfn-init\b[^;&|]*?\s(?:-c|--configsets)[\s=]+([\w.,-]+)/.exec(text);
  return found?.[1]?.split(',');
}

function tellUserData(id: string, resource: PlanNode | undefined, draft: Draft): void {
  const userData = memberOf(memberOf(resource, 'Properties'), 'UserData');
  if (!userData) return;
  draft.leave(
    userData,
    `${id}.UserData`,
    '`landfall-ops userdata` prints what takes its place; what else it does belongs into `scripts`',
  );
  if (JSON.stringify(writtenOf(userData)).includes('cfn-signal'))
    draft.remark(
      'needs',
      userData,
      'cfn-signal',
      `\`signals: { cloudFormation: { stack: STACK, resource: ${id} } }\` with the name of the stack`,
    );
}
