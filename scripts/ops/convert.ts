import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Option, type Command } from 'commander';
import { alignColumns, oneLine, paint } from '#agent/console/terminal.ts';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from './console/context.ts';
import { convertFiles, type Brought, type Conversion } from './convert/conversion.ts';
import type { Remark } from './convert/draft.ts';
import { KINDS, type Kind } from './convert/kind.ts';
import { collect, usage } from './console/options.ts';

interface Flags {
  readonly kind?: Kind;
  readonly out?: string;
  readonly resource?: string;
  readonly parameter: readonly string[];
  readonly packages: 'apt' | 'dnf' | 'yum';
  readonly json?: boolean;
}

export function addConvertCommand(program: Command, context: OpsContext): void {
  program
    .command('convert')
    .argument('<file...>', 'files of another tool, or a folder of them: .ebextensions, conf.d')
    .description('files of other tools as a layer: prints its plan.yaml, and what it could not carry over')
    .option(
      '--out <dir>',
      'write the layer there, plan.yaml and what belongs beside it; nothing is overwritten',
    )
    .addOption(
      new Option('--kind <kind>', 'what the files are, when name and content do not say it').choices(KINDS),
    )
    .option('--resource <id>', 'of a template: the resource whose init it shall be')
    .option('--parameter <name=value>', 'of a template: the value of a parameter', collect, [])
    .addOption(
      new Option('--packages <manager>', 'what installs the packages of a cloud-config')
        .choices(['apt', 'dnf', 'yum'])
        .default('dnf'),
    )
    .option('--json', 'print JSON, errors included')
    .addHelpText(
      'after',
      '\nExample:\n  landfall-ops convert /etc/awslogs/awslogs.conf --out config/role/web\n  landfall-ops lint config',
    )
    .action(async (paths: string[], flags: Flags) => {
      const conversion = await convertFiles(await readAll(paths), {
        kind: flags.kind,
        manager: flags.packages,
        resource: flags.resource,
        parameters: parametersOf(flags.parameter),
        templateNear,
      });
      if (flags.out !== undefined) await write(flags.out, conversion);
      if (flags.json === true) context.out(`${JSON.stringify(documentOf(conversion), null, 2)}\n`);
      else print(conversion, flags.out, context);
    });
}

async function readAll(paths: readonly string[]): Promise<readonly Brought[]> {
  const files = await Promise.all(paths.map(filesAt));
  return await Promise.all(files.flat().map(async (file) => ({ file, text: await read(file) })));
}

async function filesAt(path: string): Promise<readonly string[]> {
  const there = await stat(path).catch(() => undefined);
  if (!there?.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) =>
    /\.(config|toml|hcl|json|conf|tmpl|ctmpl|tpl|ya?ml)$/.test(name),
  );
  if (names.length === 0)
    throw usage(path, 'no file in it has a name that is known here', 'Name the files themselves.');
  return names.toSorted().map((name) => join(path, name));
}

/** No file of these kinds comes near; a device that is named by mistake has no end. */
const MAX_BYTES = 4 * 1024 * 1024;

async function read(file: string): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(file, { end: MAX_BYTES })) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (bytes.length > MAX_BYTES)
      throw usage(file, 'it has more than 4 MiB', 'Name the file of the other tool.');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof LandfallError) throw error;
    if (error instanceof TypeError) throw usage(file, 'it is not text in UTF-8', 'Name a file of text.');
    const causes: Readonly<Record<string, string>> = { ENOENT: 'it is not there', EISDIR: 'it is a folder' };
    throw usage(
      file,
      causes[errnoOf(error)] ?? `the system says ${errnoOrText(error)}`,
      'Name a file that can be read.',
    );
  }
}

/** Where both programs keep them, and nowhere else: a path of the old host means nothing on this one. */
async function templateNear(file: string, path: string): Promise<Brought | undefined> {
  const folder = dirname(file);
  for (const candidate of [join(folder, '..', 'templates', path), join(folder, basename(path))]) {
    const isFile = await stat(candidate).then(
      (there) => there.isFile(),
      () => false,
    );
    if (isFile) return { file: candidate, text: await read(candidate) };
  }
  return undefined;
}

function parametersOf(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw usage(`--parameter ${text}`, 'it is no name and value', 'Write it as Name=value.');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** All or nothing as far as names go: what is there may be the work of days. */
async function write(folder: string, { plan, files }: Conversion): Promise<void> {
  const all = [...(plan === '' ? [] : [['plan.yaml', plan] as const]), ...files];
  for (const [path] of all) {
    const there = await stat(join(folder, path)).catch(() => undefined);
    if (there)
      throw usage(
        join(folder, path),
        'it is there already',
        'Name another folder, or merge by hand what is printed without --out.',
      );
  }
  for (const [path, text] of all) {
    const file = join(folder, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { flag: 'wx' });
    } catch (error) {
      throw usage(file, `the system says ${errnoOrText(error)}`, 'Name a folder that can be written to.');
    }
  }
}

function print({ plan, files, remarks }: Conversion, out: string | undefined, context: OpsContext): void {
  if (out === undefined) context.out(plan);
  else
    for (const path of [...(plan === '' ? [] : ['plan.yaml']), ...files.keys()])
      context.out(`${join(out, path)}\n`);
  const colours = { 'left out': 'red', differs: 'yellow', needs: 'yellow' } as const;
  const rows = remarks.map(({ fate, file, line, what, why }: Remark) => [
    paint(context, colours[fate], fate),
    oneLine(`${file}:${line}`),
    oneLine(`${what}: ${why}`),
  ]);
  context.err(alignColumns(rows, context.columns));
  if (out === undefined && files.size > 0) {
    const paths = [...files.keys()];
    context.err(`belong beside plan.yaml: ${paths.join(', ')}; --out DIR writes all of it\n`);
  }
}

function documentOf({ plan, files, remarks }: Conversion): object {
  return { plan, files: Object.fromEntries(files), remarks };
}
