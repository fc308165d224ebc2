import { nearestName } from '../kit/nearest-name.ts';

const READ = ['properties', 'yaml', 'yml', 'json'];
/** For people, and for git. */
const FOR_PEOPLE =
  /^(?:README|LICENSE|LICENCE|NOTICE|CHANGELOG|OWNERS|CODEOWNERS|Makefile)\b|\.(?:md|txt|rst|adoc)$/i;

/** Its keys would be properties like any others, and nothing of it done. */
const ALMOST_PLAN = /^plans?\.(?:ya?ml|json)$/i;

/**
 * Why nobody reads a file that lies directly in its layer and that no plan names; undefined for one that is read, or is for people. Of a plan
 * under another name: that nobody takes it for one.
 * @param path relative to the layer's folder.
 */
export function unreadName(path: string): string | undefined {
  if (path.includes('/')) return undefined;
  if (ALMOST_PLAN.test(path) && path !== 'plan.yaml' && path !== 'plan.yml')
    return 'is read as properties, and no instance does what it says: a plan is called plan.yaml';
  const extension = /\.([^.]*)$/.exec(path)?.[1] ?? '';
  if (READ.includes(extension)) return undefined;
  if (READ.includes(extension.toLowerCase())) {
    return `is read by no instance: the ending is .${extension.toLowerCase()}, in small letters`;
  }
  const inner = /^(.+\.(?:properties|ya?ml|json))\.[^.]+$/i.exec(path)?.[1];
  if (inner !== undefined) return `is read by no instance; if it is configuration, call it ${inner}`;
  if (FOR_PEOPLE.test(path)) return undefined;
  const near = extension === '' ? undefined : nearestName(extension, READ);
  const hint = near === undefined ? 'those are .properties, .yaml, .yml and .json' : `did you mean .${near}?`;
  return `is read by no instance, and no plan of its layer names it: ${hint}`;
}
