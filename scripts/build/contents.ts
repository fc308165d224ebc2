import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundledPackages, licenceTexts, type BundledPackage } from './bundled-packages.ts';
import { printBom, type Runtime } from './sbom.ts';

export interface BundledProgram {
  readonly name: string;
  readonly metafile: Metafile;
}

/**
 * What is in the executables, as files to lie beside them: a bill of materials for each, and the licences of all. The same
 * programs give the same bytes. @param node path of the Node that is in them. @throws when something may not be shipped.
 */
export function describeContents(
  root: string,
  node: string,
  programs: readonly BundledProgram[],
): ReadonlyMap<string, string> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const runtime = readRuntime(node);
  const contents = programs.map(({ name, metafile }) => ({
    name,
    packages: bundledPackages(root, metafile),
  }));
  const problems = contents.flatMap(({ packages }) => licenceProblems(packages));
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'));
  const boms = contents.map(({ name, packages }) => {
    return [`${name}.cdx.json`, printBom({ name, version, packages, runtime })] as const;
  });
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
  const notices = printNotices({ licence, packages: contents.flatMap(({ packages }) => packages), runtime });
  return new Map([...boms, ['THIRD-PARTY-NOTICES.txt', notices]]);
}

function readRuntime(node: string): Runtime {
  const printed = execFileSync(node, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' });
  const [licence] = licenceTexts(join(dirname(node), '..'));
  if (licence === undefined) throw new Error(`${node} comes without its licence`);
  return { versions: JSON.parse(printed) as Readonly<Record<string, string>>, licence };
}

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
const SAME_FOR_ALL = 'Apache-2.0';

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

interface Notices {
  /** Our own. */
  readonly licence: string;
  /** Of all programs; one that is in several counts once. */
  readonly packages: readonly BundledPackage[];
  readonly runtime: Runtime;
}

const RULE = '='.repeat(80);

/** Who made what is in the executables, and under which terms: each licence as its makers wrote it. */
function printNotices({ licence, packages, runtime }: Notices): string {
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
