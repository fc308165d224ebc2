import type { BundledPackage } from './bundled-packages.ts';
import type { Runtime } from './sbom.ts';

export interface Notices {
  /** Our own. */
  readonly licence: string;
  /** Of all programs; one that is in several counts once. */
  readonly packages: readonly BundledPackage[];
  readonly runtime: Runtime;
}

const RULE = '='.repeat(80);

/** Who made what is in the executables, and under which terms: each licence as its makers wrote it. */
export function printNotices({ licence, packages, runtime }: Notices): string {
  const unique = new Map(packages.map((each) => [`${each.name} ${each.version}`, each]));
  const sections = [...unique]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, each]) => section(`${title} (${each.licence})`, textsOf(each)));
  const node = section(`Node.js ${runtime.versions['node']} and what is in it`, [runtime.licence]);
  return [section('Landfall (Apache-2.0)', [licence.trim()]), ...sections, node].join('\n');
}

function textsOf({ texts }: BundledPackage): readonly string[] {
  return texts.length > 0 ? texts : ['Under the Apache License 2.0 as above; it brings no copy of its own.'];
}

function section(title: string, texts: readonly string[]): string {
  return `${RULE}\n${title}\n${RULE}\n\n${texts.join('\n\n')}\n`;
}
