import type { BundledPackage } from './bundled-packages.ts';

/** What may be in an executable that is given away under the Apache License: terms that ask for no more than a notice. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
]);

/** Its text names nobody: whoever brings none means the one that is known. Others say whose copyright it is. */
export const SAME_FOR_ALL = 'Apache-2.0';

/** Why the packages may not be shipped, one sentence a package; none: they may. */
export function licenceProblems(packages: readonly BundledPackage[]): readonly string[] {
  return packages.flatMap(({ name, version, licence, texts }) => {
    const who = `${name}@${version}`;
    if (!isAllowed(licence))
      return [`${who} is under ${licence || 'no licence it names'}, which is not allowed`];
    const needsText = licence !== SAME_FOR_ALL && texts.length === 0;
    return needsText ? [`${who} brings no text of its licence (${licence})`] : [];
  });
}

/** Of a choice one is enough, of a combination all are needed; nothing else of SPDX expressions is known here. */
function isAllowed(licence: string): boolean {
  const plain = licence.replaceAll(/[()]/g, '');
  return plain
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((each) => ALLOWED.has(each.trim())));
}
