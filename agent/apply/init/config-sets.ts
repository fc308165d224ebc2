import { isJsonObject, type Json, type JsonObject } from '../../plan/json.ts';
import type { InitDocument } from './document.ts';
import type { Report } from './fields.ts';
import { INIT_LIMITS } from './limits.ts';

/**
 * The configs that these sets stand for, in the order they run. A set is a config's name, `{"ConfigSet": name}`, or a
 * list of both; every set of the document is checked, as cfn-init does. A config may come more than once.
 */
export function unfoldConfigSets(
  document: InitDocument,
  wanted: readonly string[],
  report: Report,
): readonly string[] {
  const sets: JsonObject = document.configSets ?? { default: 'config' };
  const unfolded = new Map<string, readonly string[]>();
  const open: string[] = [];

  const unfoldSet = (name: string, at: string): readonly string[] => {
    const known = unfolded.get(name);
    if (known) return known;
    const set = Object.hasOwn(sets, name) ? sets[name] : undefined;
    if (set === undefined) {
      report(at, `there is no configSet ${name}; there are ${Object.keys(sets).join(', ') || 'none'}`);
      return [];
    }
    if (open.includes(name)) {
      report(
        'configSets',
        `refer to each other in a circle: ${[...open.slice(open.indexOf(name)), name].join(' -> ')}`,
      );
      return [];
    }
    open.push(name);
    const configs = unfoldItem(set, `configSets/${name}`);
    open.pop();
    unfolded.set(name, configs);
    return configs;
  };

  const unfoldItem = (item: Json, at: string): readonly string[] => {
    if (Array.isArray(item))
      return bounded(
        item.flatMap((inner: Json) => unfoldItem(inner, at)),
        at,
        report,
      );
    if (typeof item === 'string') {
      if (document.configs.has(item)) return [item];
      report(at, `there is no config ${item}`);
      return [];
    }
    const name = isJsonObject(item) ? item['ConfigSet'] : undefined;
    if (typeof name === 'string') return unfoldSet(name, at);
    report(at, 'holds something other than names of configs and {"ConfigSet": name}');
    return [];
  };

  for (const name of Object.keys(sets)) unfoldSet(name, 'configSets');
  return bounded(
    wanted.flatMap((name) => unfoldSet(name, 'configSets')),
    'configSets',
    report,
  );
}

function bounded(configs: readonly string[], at: string, report: Report): readonly string[] {
  if (configs.length <= INIT_LIMITS.configs) return configs;
  report(at, `stands for more than ${INIT_LIMITS.configs} configs`);
  return [];
}
