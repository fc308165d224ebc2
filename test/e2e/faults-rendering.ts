import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Citizen } from './citizen.ts';
import type { Files, Payroll } from './payroll.ts';

/** Two targets that say the same version, so that half of a change shows; reloads and hooks tell that they ran. */
export function renderingTree(base: string, version: number): Files {
  return {
    'base/app.properties': `version=${version}\n`,
    'base/templates/one.liquid': 'one {{ version }}\n',
    'base/templates/two.liquid': `two {{ version }}\n`,
    'base/plan.yaml': `
templates:
  one: { source: templates/one.liquid, target: ${base}/etc/one.conf, reload: "echo reload >> ${base}/told" }
  two: { source: templates/two.liquid, target: ${base}/etc/two.conf }
hooks:
  configure: ["echo configured $VERSION >> ${base}/told"]
`,
  };
}

export function publishVersion(payroll: Payroll, base: string, version: number): void {
  for (const [path, text] of Object.entries(renderingTree(base, version))) payroll.put(path, text);
}

/** The one version of both files; -1 when there is no file at all. @throws on halves and mixtures. */
export function renderedVersion(base: string): number {
  const [one, two] = ['one', 'two'].map((name) => textOf(join(base, 'etc', `${name}.conf`)));
  if (one === undefined && two === undefined) return -1;
  const version = /^one (\d+)\n$/.exec(one ?? '')?.[1];
  if (version === undefined || two !== `two ${version}\n`)
    throw new Error(`between two versions: ${JSON.stringify([one, two])}`);
  return Number(version);
}

export async function servedVersion(citizen: Citizen): Promise<number> {
  return Number((await citizen.ask('/v1/config/version')).text);
}

/** Names below a folder that only a write under way may have. */
export function leftovers(...folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp')),
  );
}

/** Writes until not a byte more fits; gives back how to undo it. */
export function fillUp(folder: string): () => void {
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, '');
  for (const size of [65_536, 4096, 512, 1]) {
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  return () => execFileSync('rm', [ballast]);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
