import type { LeakAllowance, LeaksSection } from './plan.ts';
import { isNull, memberOf, type PlanNode } from './plan-node.ts';
import { LEAK_ALLOWANCE, LEAK_MODE } from './plan-sections.ts';
import type { LayerPlan } from './layer-plan.ts';
import { valuesOf } from './plan-shape.ts';

/** The stronger layer says the mode; what is excused adds up, as in `guard`. Undefined where no layer says anything. */
export function leaksOf(root: PlanNode | undefined, sheets: readonly LayerPlan[]): LeaksSection | undefined {
  const section = memberOf(root, 'leaks');
  if (section === undefined) return undefined;
  const { mode = 'warn' } = valuesOf(LEAK_MODE, section);
  return { mode, allow: sheets.flatMap((sheet) => allowancesOf(sheet)) };
}

function allowancesOf({ root }: LayerPlan): readonly LeakAllowance[] {
  const list = memberOf(memberOf(root, 'leaks'), 'allow');
  return (list?.kind === 'list' ? list.items : []).flatMap((node) => {
    const { region, reason, ...rest } = valuesOf(LEAK_ALLOWANCE, node);
    if (isNull(node) || region === undefined || reason === undefined) return [];
    return [{ region, reason, ...rest }];
  });
}
