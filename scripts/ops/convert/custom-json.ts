import { membersOf, type PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';

/** What only OpsWorks and its own recipes read. */
const OF_OPSWORKS: Readonly<Record<string, string>> = {
  opsworks: 'was read by OpsWorks itself',
  opsworks_initial_setup: 'was read by OpsWorks itself',
  ssh_users: 'accounts of people stay with the image, or Instance Connect',
  dependencies: 'packages belong into `init`',
  deploy:
    'was read by the recipes of OpsWorks: properties `landfall.deploy.*` and `deploy` hooks take its place (docs/scripts.md)',
  recipes: 'hooks take their place: examples/chef',
  run_list: 'hooks take their place: examples/chef',
};

/** The custom JSON of a stack or layer of OpsWorks, or any other: attributes are properties, `node['a']['b']` is `a.b`. */
export function convertCustomJson(file: string, text: string, root: PlanNode, draft: Draft): void {
  draft.file((file.split('/').at(-1) ?? file).toLowerCase().replaceAll(/[^\w.-]+/g, '-'), text);
  for (const [name, node] of membersOf(root)) {
    const why = Object.hasOwn(OF_OPSWORKS, name) ? OF_OPSWORKS[name] : undefined;
    if (why !== undefined) draft.remark('differs', node, name, why);
  }
}
