import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { VERSION_PLACES } from './version-places.ts';

/**
 * `npm run release -- 1.2.3 [--dry-run]`: what is under `Unreleased` in CHANGELOG.md goes under the version and the day, the version goes
 * wherever it stands, and both are committed and tagged. Nothing is pushed. It refuses before it changes anything.
 */
const CHANGELOG = 'CHANGELOG.md';
const UNRELEASED = '## Unreleased\n';
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

interface Release {
  readonly version: string;
  /** Texts of files, by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly tag: string;
  /** What CHANGELOG.md says of it. */
  readonly notes: string;
}

function main([version = '', ...options]: readonly string[]): void {
  if (version === '' || options.some((option) => option !== '--dry-run'))
    throw new Error('write it like `npm run release -- 1.2.3`, with --dry-run to see what it would do');
  const release = prepare(version, new Date().toISOString().slice(0, 10));
  if (options.includes('--dry-run')) {
    for (const path of release.texts.keys()) console.log(`would change  ${path}`);
    console.log(`would commit  Release ${version}\nwould tag     ${release.tag}\n\n${release.notes}`);
  } else {
    carryOut(release);
    console.log(`${release.tag} is committed and tagged. Look at it with \`git show ${release.tag}\`, then:`);
    console.log('  git push --follow-tags\n  npm ci && npm run build && npm run package');
  }
}

/** All that is to change. @throws with what speaks against it. */
function prepare(version: string, day: string): Release {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
  const tag = `v${version}`;
  if (git('status', '--porcelain') !== '') throw new Error('there are changes that are not committed');
  if (gitSays('symbolic-ref', '--quiet', 'HEAD').status !== 0)
    throw new Error('HEAD is no branch: the commit would be lost');
  const before = [
    manifest.version,
    ...git('tag', '--list', 'v*')
      .split('\n')
      .map((name) => name.slice(1)),
  ];
  const notAbove = before.filter((one) => VERSION.test(one)).find((one) => !isAbove(version, one));
  if (notAbove !== undefined) throw new Error(`${version} is not above ${notAbove}, which was there before`);
  const { text, notes } = changelogOf(readFileSync(CHANGELOG, 'utf8'), version, day);
  return { version, tag, notes, texts: new Map([[CHANGELOG, text], ...placed(manifest.version, version)]) };
}

function isAbove(version: string, other: string): boolean {
  const [ours, theirs] = [version, other].map((one) => VERSION.exec(one)?.slice(1).map(Number));
  if (ours === undefined) throw new Error(`${version} is not MAJOR.MINOR.PATCH`);
  const differing = ours.findIndex((number, index) => number !== theirs?.[index]);
  return differing >= 0 && (ours[differing] ?? 0) > (theirs?.[differing] ?? 0);
}

function changelogOf(
  text: string,
  version: string,
  day: string,
): { readonly text: string; readonly notes: string } {
  const at = text.indexOf(`\n${UNRELEASED}`);
  if (at < 0) throw new Error(`${CHANGELOG} has no line ${UNRELEASED.trim()}`);
  const start = at + 1 + UNRELEASED.length;
  const end = text.indexOf('\n## ', start);
  const notes = text.slice(start, end < 0 ? undefined : end).trim();
  if (notes === '') throw new Error(`${CHANGELOG} says of nothing that it is unreleased`);
  const head = text.slice(0, start);
  return { notes, text: `${head}\n## ${version} (${day})\n${text.slice(start)}` };
}

function placed(before: string, version: string): readonly (readonly [string, string])[] {
  return Object.entries(VERSION_PLACES).map(([path, places]) => {
    let text = readFileSync(path, 'utf8');
    for (const place of places) {
      const [old, fresh] = [place.replace('{}', before), place.replace('{}', version)];
      if (!text.includes(old))
        throw new Error(`${path} does not say ${old.trim()}: see scripts/build/version-places.ts`);
      text = text.replaceAll(old, fresh);
    }
    return [path, text];
  });
}

function carryOut({ version, texts, tag, notes }: Release): void {
  const paths = [...texts.keys()];
  for (const [path, text] of texts) writeFileSync(path, text);
  const committed = gitSays('commit', '--quiet', '--message', `Release ${version}`, '--', ...paths);
  if (committed.status !== 0) {
    git('checkout', '--quiet', 'HEAD', '--', ...paths);
    throw new Error(`git does not commit, and all is as it was: ${committed.stderr.trim()}`);
  }
  const tagged = gitSays('tag', '--annotate', '--cleanup=verbatim', '--message', `${tag}\n\n${notes}\n`, tag);
  if (tagged.status !== 0) {
    git('reset', '--quiet', '--hard', 'HEAD~1');
    throw new Error(`git does not tag, and all is as it was: ${tagged.stderr.trim()}`);
  }
}

function gitSays(...args: readonly string[]) {
  return spawnSync('git', args, { encoding: 'utf8' });
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = gitSays(...args);
  if (status !== 0) throw new Error(`git ${args[0]}: ${stderr.trim()}`);
  return stdout.trim();
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
