import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { Finish } from '#agent/console/command-line.ts';
import { alignColumns, paint } from '#agent/console/terminal.ts';
import { errnoOrText } from '#kit/errno.ts';
import { conclude } from './across/end.ts';
import { acrossOptions, isPlan, readTimes, type AcrossFlags, type PlanFlags } from './across/options.ts';
import { stateFolderOf } from './across/state-folder.ts';
import { endDocument, endRows, type BakeEnd } from './bake/bake-end.ts';
import { journalPlace, mountPointOf } from './bake/bake-journal.ts';
import { isImageId, OWN_TAGS, type BakeRequest } from './bake/bake-request.ts';
import type { ImageInventory } from './bake/image-inventory.ts';
import type { OpsContext } from './console/context.ts';
import { operatorName } from './console/operator-name.ts';
import { collect, readRegions, usage } from './console/options.ts';

interface Flags extends AcrossFlags, PlanFlags {
  readonly region: string;
  readonly base: string;
  readonly name: string;
  readonly provision: string;
  readonly version?: string;
  readonly creator?: string;
  readonly tag: readonly string[];
  readonly scan: 'required' | 'off';
  readonly builder?: string;
  readonly device?: string;
  readonly root?: string;
  readonly whatChanged?: string;
  readonly json?: boolean;
}

export function addBakeCommand(program: Command, context: OpsContext, finish: Finish): void {
  const command = program
    .command('bake')
    .description('make an image of a base and a script, scanned, on an instance that builds')
    .requiredOption('--region <region>', 'which region')
    .requiredOption('--base <image>', 'the image to start from')
    .requiredOption('--name <name>', 'of the image that is made')
    .requiredOption('--provision <file>', 'what makes the one out of the other, run inside a chroot')
    .option('--version <version>', 'of what is baked, for the tag appversion')
    .option('--creator <name>', 'for the tag creator; default: who runs this')
    .option('--tag <key=value>', 'a tag of image and snapshot', collect, [])
    .addOption(
      new Option('--scan <policy>', 'whether anything of another region undoes it')
        .choices(['required', 'off'])
        .default('required'),
    )
    .option('--builder <instance>', 'which instance builds; default: this one')
    .option(
      '--device <name>',
      'as what the volume is attached; default: the first free of /dev/sdf to /dev/sdp',
    )
    .option('--root <dir>', 'the root of the image, where somebody else has mounted it')
    .option(
      '--what-changed <image>',
      'account for what differs from the image before: its id, or the folder where its root is mounted',
    )
    .option('--plan', 'show what would be done, and change nothing')
    .option('--dry-run', 'the same as --plan')
    .option('--json', 'print JSON, errors included');
  for (const option of acrossOptions('1h')) command.addOption(option);
  command
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops bake --region eu-west-1 --base ami-0ba5e --name payroll-2026-11-30 \\\n' +
        '    --provision payroll.sh --version 4.2 --tag team=pay',
    )
    .action((flags: Flags) => bake(flags, context, finish));
}

async function bake(flags: Flags, context: OpsContext, finish: Finish): Promise<void> {
  const request = await readRequest(flags, context);
  const times = readTimes(flags);
  const folder = stateFolderOf(flags.stateDir, context.env);
  // Loaded when it is wanted: the client of EC2 and what speaks to it.
  const { atBench } = await import('./bake/bake-bench.ts');
  const { runBake } = await import('./bake/bake-run.ts');
  const { region, root, provision, whatChanged } = request;
  const mountPoint = mountPointOf(folder, request);
  const setup = { region, folder, root, mountPoint, provision, times, tokens: 'landfall-bake' };
  const end = await atBench(setup, context, async (parts) => {
    const { besidePlace, leaveBeside, lookBeside } = await import('./bake/image-look.ts');
    const { mountedRoot } = await import('./bake/mounted-root.ts');
    const { readInventory } = await import('./bake/image-inventory.ts');
    const { patience, say } = parts;
    const place = besidePlace(journalPlace(folder, region, request.name));
    const looked = { mountPoint: join(folder, place.name, 'root'), provision: undefined, context, say };
    const beside = { ...parts, root: mountedRoot(looked) };
    const { builder } = request;
    const read = (path: string): Promise<ImageInventory> => readInventory(path, patience.signal);
    const before = (image: string): Promise<ImageInventory> => {
      const look = { region, image, builder, device: undefined, purpose: 'what-changed' };
      return isImageId(image) ? lookBeside(look, place, beside, read) : read(image);
    };
    const changes =
      whatChanged === undefined
        ? undefined
        : async (path: string): Promise<string> =>
            changesOf(whatChanged, await before(whatChanged), await read(path), say);
    return await runBake(request, { ...parts, changes, leaveBeside: () => leaveBeside(place, beside) });
  });
  print(end, request, flags, context);
  conclude(end, finish);
}

/** The account as a document; in short, it is said. */
async function changesOf(
  against: string,
  before: ImageInventory,
  now: ImageInventory,
  say: (line: string) => void,
): Promise<string> {
  const { changeLines, imageChanges } = await import('./bake/image-changes.ts');
  const changes = imageChanges(against, before, now);
  for (const line of changeLines(changes)) say(`  ${line}`);
  return `${JSON.stringify(changes, null, 2)}\n`;
}

/** An image by its id, or the folder where the root of one is mounted. */
async function readBefore({ whatChanged: folder, root }: Flags): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  if (isImageId(folder)) {
    if (root === undefined) return folder;
    const mountIt = 'Mount its root as well, and name that folder.';
    throw usage(`--what-changed ${folder}`, 'with --root nothing is mounted here', mountIt);
  }
  const isFolder = await stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (isFolder) return resolve(folder);
  const hint = 'Write it as ami-0ba5e, or mount the root of the image before and name that folder.';
  throw usage(`--what-changed ${folder}`, 'it is no id of an image, and no such folder', hint);
}

async function readRequest(flags: Flags, context: OpsContext): Promise<BakeRequest> {
  const [region = '', ...others] = readRegions(flags.region);
  if (others.length > 0)
    throw usage(
      `--region ${flags.region}`,
      'it has to be one region',
      'Bake in one, and sync to the others.',
    );
  const path = resolve(flags.provision);
  return {
    region,
    base: readId('--base', flags.base, /^ami-[0-9a-f]+$/, 'ami-0123456789abcdef0'),
    name: readName(flags.name),
    provision: { path, content: await readProvision(path) },
    version: flags.version === undefined ? undefined : readValue('--version', flags.version),
    creator: readValue('--creator', flags.creator ?? operatorName(context).by ?? 'unknown'),
    tags: readTags(flags.tag),
    scan: flags.scan,
    builder:
      flags.builder === undefined
        ? undefined
        : readId('--builder', flags.builder, /^i-[0-9a-f]+$/, 'i-0123456789abcdef0'),
    device:
      flags.device === undefined
        ? undefined
        : readId('--device', flags.device, /^\/dev\/(?:sd|xvd)[a-z]{1,2}$/, '/dev/sdf'),
    root: flags.root === undefined ? undefined : resolve(flags.root),
    whatChanged: await readBefore(flags),
    isPlan: isPlan(flags),
  };
}

function readId(flag: string, value: string, shape: RegExp, example: string): string {
  if (shape.test(value)) return value;
  throw usage(`${flag} ${value}`, 'it is none', `Write it as ${example}.`);
}

/** As RegisterImage takes it. */
function readName(name: string): string {
  if (/^[\w()[\] ./\-'@]{3,128}$/.test(name)) return name;
  const hint = "3 to 128 characters: letters, digits, blanks and ( ) [ ] . / - ' @ _";
  throw usage(`--name ${name}`, 'no image can have it', hint);
}

async function readProvision(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw usage(`--provision ${path}`, errnoOrText(error), 'Name a script or a program that can be read.');
  }
}

/** What AWS takes: 128 characters of a key, 256 of a value, 50 tags. */
const MOST_TAGS = 50;

function readTags(texts: readonly string[]): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const text of texts) {
    const mark = text.indexOf('=');
    const key = text.slice(0, Math.max(mark, 0));
    if (mark < 1 || key.length > 128) throw usage(`--tag ${text}`, 'it is no tag', 'Write it as team=pay.');
    if (/^aws:/i.test(key))
      throw usage(`--tag ${text}`, 'keys with aws: belong to AWS', 'Name it otherwise.');
    if (OWN_TAGS.includes(key))
      throw usage(`--tag ${text}`, 'a bake sets that one by itself', 'See --version and --creator.');
    tags.set(key, readValue(`--tag ${key}`, text.slice(mark + 1)));
  }
  if (tags.size + OWN_TAGS.length > MOST_TAGS)
    throw usage(
      '--tag',
      `AWS takes ${MOST_TAGS} tags of one resource`,
      `Give ${MOST_TAGS - OWN_TAGS.length}.`,
    );
  return tags;
}

function readValue(flag: string, value: string): string {
  if (value.length <= 256) return value;
  throw usage(flag, 'it is longer than 256 characters', 'Shorten it.');
}

function print(end: BakeEnd, request: BakeRequest, flags: Flags, context: OpsContext): void {
  if (flags.json === true) {
    context.out(`${JSON.stringify(endDocument(end, request), null, 2)}\n`);
    return;
  }
  const good = end.faults.length === 0;
  context.out(`${paint(context, good ? 'green' : 'red', end.state)}: ${request.name} in ${request.region}\n`);
  context.out(alignColumns(endRows(end, request), context.columns));
  context.out(end.steps.map((step, at) => `${at + 1}. ${step}\n`).join(''));
}
