import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundledPackages, licenceTexts } from './bundled-packages.ts';
import { licenceProblems } from './licences.ts';
import { printNotices } from './notices.ts';
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
