import type { Facts, Landing } from '#config-service';
import { fillTemplate, type NameTemplate } from './name-template.ts';

/**
 * The stream of what another instance left on this disk: the name it had there, as far as the template carries its id. Where it does not,
 * the id is put behind: never does it go into a stream that this instance writes to itself.
 *
 * @param own as the template is filled for this instance.
 */
export function inheritedStream(
  template: NameTemplate,
  facts: Facts,
  own: string,
  { from }: Landing,
): string {
  const before = { ...facts, instanceId: from };
  const named = fillTemplate(template, before);
  if (named.kind === 'filled' && named.name !== own) return named.name;
  const set = fillTemplate({ ...template, text: `${template.text}-from-{instanceId}` }, before);
  return set.kind === 'filled' ? set.name : `${own}-from-${from}`;
}
