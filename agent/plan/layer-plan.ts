import type { LayerContent, LayerFile } from '#config-service';
import type { ContentCache } from '#kit/content-cache.ts';
import type { Problem } from '#kit/errors.ts';
import { parsePlanDocument } from './plan-document.ts';
import { isNull, type PlanList, type PlanMap, type PlanNode } from './plan-node.ts';
import { PLAN } from './plan-sections.ts';

/** The plan of one layer by itself. */
export interface LayerPlan {
  readonly layer: string;
  /** Undefined when it says nothing, or cannot be read. Hooks and init documents all have names and fields here. */
  readonly root: PlanMap | undefined;
  readonly problems: readonly Problem[];
  /** Every file of the layer that it names. */
  readonly assets: readonly NamedAsset[];
}

interface NamedAsset {
  /** Path within the plan, such as `templates.nginx.source`. */
  readonly at: string;
  /** Relative to the layer's folder. */
  readonly path: string;
  readonly line: number;
}

export type ReadSheet = (layer: string, file: LayerFile) => LayerPlan;

const PLAN_NAMES: ReadonlySet<string> = new Set(['plan.yaml', 'plan.yml']);

/** At most one of a layer counts; a second one is a problem of it. */
export function sheetOf(layer: LayerContent, read: ReadSheet = readSheet): LayerPlan | undefined {
  const [first, second] = layer.files.filter(({ path }) => PLAN_NAMES.has(path));
  const sheet = first && read(layer.name, first);
  if (first === undefined || sheet === undefined || second === undefined) return sheet;
  const message = `${layer.name}/${first.path} is there too; keep one of them`;
  const file = `${layer.name}/${second.path}`;
  return { ...sheet, problems: [...sheet.problems, { code: 'LF_PLAN_INVALID', message, file }] };
}

/** Syntax and form. That named files are there is not asked here: the answer would not hang on the plan alone. */
export function readSheet(layer: string, file: LayerFile): LayerPlan {
  const { root: written, problems: syntax } = parsePlanDocument(layer, file);
  const problems = [...syntax];
  const assets: NamedAsset[] = [];
  const check = {
    problem: (message: string, node: PlanNode) =>
      void problems.push({ code: 'LF_PLAN_INVALID', message, file: node.file, line: node.line }),
    asset: (at: string, path: string, node: PlanNode) => void assets.push({ at, path, line: node.line }),
  };
  const root = written && inLongForm(written, check.problem);
  if (root) PLAN(root, '', check);
  return { layer, root, problems, assets };
}

/** Reads a plan once as long as `cache` remembers it: it is asked for with each candidate. */
export function createLayerPlanCache(cache: ContentCache<LayerPlan>): ReadSheet {
  return (layer, file) =>
    cache.get(`${file.sha256} ${layer}/${file.path}`, file.bytes.length, () => readSheet(layer, file));
}

type Report = (message: string, node: PlanNode) => void;

/** Lists of hooks, an init document by itself, and both in their short form, as maps: all layers merge by one rule. */
function inLongForm(root: PlanMap, report: Report): PlanMap {
  return mapMembers(root, (section, name) => {
    if (name === 'hooks' && section.kind === 'map') {
      return mapMembers(section, (hooks, event) => {
        const isList = hooks.kind === 'list';
        return entriesIn(isList ? namedItems(hooks, `hooks.${event}`, report) : hooks, 'command');
      });
    }
    if (name !== 'init') return section;
    const isOne = section.kind === 'scalar' && !isNull(section);
    const named = isOne
      ? namedItems({ ...section, kind: 'list', items: [section] }, 'init', report)
      : section;
    return entriesIn(named, 'document');
  });
}

/** @param field what an entry means that is one value. */
function entriesIn(section: PlanNode, field: string): PlanNode {
  if (section.kind !== 'map') return section;
  return mapMembers(section, (entry) => {
    if (entry.kind !== 'scalar' || isNull(entry)) return entry;
    const { layer, file, line } = entry;
    return { kind: 'map', layer, file, line, members: new Map([[field, entry]]) };
  });
}

function mapMembers(map: PlanMap, change: (node: PlanNode, name: string) => PlanNode): PlanMap {
  const members = new Map([...map.members].map(([name, node]) => [name, change(node, name)]));
  return { ...map, members };
}

/** An item is called what its `name:` says, else by layer and place: `role:web#1`, which no other layer can mean. */
function namedItems({ items, layer, file, line }: PlanList, path: string, report: Report): PlanMap {
  const members = new Map<string, PlanNode>();
  for (const [index, item] of items.entries()) {
    const given = item.kind === 'map' ? item.members.get('name') : undefined;
    const name =
      given?.kind === 'scalar' && !isNull(given) ? given.text : `${layer.replaceAll('/', ':')}#${index + 1}`;
    if (isNull(item)) report(`${path}[${index}]: says nothing`, item);
    else if (members.has(name)) report(`${path}[${index}]: '${name}' stands here a second time`, item);
    else if (item.kind !== 'map') members.set(name, item);
    else {
      const rest = [...item.members].filter(([field]) => field !== 'name' || given?.kind !== 'scalar');
      members.set(name, { ...item, members: new Map(rest) });
    }
  }
  return { kind: 'map', layer, file, line, members };
}
