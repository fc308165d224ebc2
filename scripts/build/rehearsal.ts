import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { compileFunction, Script, type ScriptOptions } from 'node:vm';
import { payrollCourse } from '#scripts/bench/payroll-course.ts';
import { CACHE } from './chunks.ts';

/**
 * Run in a process of its own by the Node of the executables: loads a program as the executable does, has it boot where that is
 * asked for, and writes beside each part what V8 compiled meanwhile. A boot then finds its functions compiled, and no others: a
 * cache of all functions costs more memory, and reading it a third of the time that it saves.
 */
export interface Rehearsal {
  /** Path of the script that loads. */
  readonly script: string;
  /** Name to path. */
  readonly assets: Readonly<Record<string, string>>;
  /** `boot`: `run`, until it is ready. `load`: nothing, and what is compiled at once is in the cache. */
  readonly piece: 'boot' | 'load';
}

/** Nothing but bytecode: a function bears a mark of each further compiler, which comes when that has the time. */
const BYTECODE_ONLY = ['--no-sparkplug', '--no-maglev', '--no-turbofan'];
/** A cache counts under the flags that it was made under; the one with a size is of `UNCOLLECTED`. */
const AS_AT_HOME = ['--sparkplug', '--maglev', '--turbofan', '--initial-heap-size=0'];

const PATIENCE_MS = 60_000;
/** Who has nothing: no process runs as, and no file is of. */
const NOBODY = 65_534;

const { script, assets, piece } = JSON.parse(process.argv[2] ?? '') as Rehearsal;
const require = createRequire(import.meta.url);
const code = new Map(Object.entries(assets).map(([name, path]) => [name, readFileSync(path)]));
const compiled = new Map<string, Script>();

for (const flag of BYTECODE_ONLY) setFlagsFromString(flag);
if (piece === 'boot') await boot();
else writeCaches();

function writeCaches(): void {
  for (const flag of AS_AT_HOME) setFlagsFromString(flag);
  for (const [name, path] of Object.entries(assets)) {
    const part = compiled.get(name) ?? new Script(readFileSync(path, 'latin1'), { filename: name });
    writeFileSync(path + CACHE, part.createCachedData());
  }
}

/**
 * What is called must not hang on the machine, its users and its mood, or the same sources would not give the same bytes: no time
 * goes by, it is nobody who boots, in a folder of its own, and the caches are written at the very moment the boot is over.
 */
async function boot(): Promise<void> {
  const course = await payrollCourse();
  const home = mkdtempSync(join(tmpdir(), 'landfall-rehearsal-'));
  const load = compileFunction(readFileSync(script, 'latin1'), ['require']) as (require: unknown) => void;
  const isRoot = process.geteuid?.() === 0;
  process.argv = [process.execPath, 'landfall', 'run'];
  process.env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: course.imdsUrl,
    AWS_ENDPOINT_URL: course.awsUrl,
    LANDFALL_SOURCE: `s3://${course.bucket}/${course.prefix}`,
    LANDFALL_INTERVAL: '1h',
    LANDFALL_LISTEN: '127.0.0.1:0',
    LANDFALL_STATE_DIR: join(home, 'state'),
    LANDFALL_RUN_DIR: join(home, 'run'),
    LANDFALL_LOG_FORMAT: 'json',
  };
  if (isRoot) {
    for (const folder of [home, course.folder]) chownSync(folder, NOBODY, NOBODY);
    process.seteuid?.(NOBODY);
  }
  performance.now = () => 1000;
  let said = '';
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text) => {
    said += String(text);
    return true;
  };
  const over = (): void => {
    if (isRoot) process.seteuid?.(0);
    for (const folder of [home, course.folder]) rmSync(folder, { recursive: true, force: true });
    writeCaches();
    process.exit(0);
  };
  load((name: string) => standIn(name, over) ?? (require(name) as unknown));
  await sleep(PATIENCE_MS);
  process.stderr.write = write;
  throw new Error(`the rehearsed boot was not over after ${PATIENCE_MS} ms:\n${said}`);
}

/**
 * For modules that are not what they are in the executable.
 * @param over the program gives back what its boot needed.
 */
function standIn(name: string, over: () => void): object | undefined {
  switch (name) {
    case 'node:sea':
      return { isSea: () => false, getRawAsset: (asset: string) => code.get(asset) };
    case 'node:vm':
      return { Script: CompiledScript, runInNewContext: over };
    // What the program sets is for memory; see `AS_AT_HOME`.
    case 'node:v8':
      return { ...(require('node:v8') as object), setFlagsFromString: () => {} };
    case 'node:timers/promises':
      return { setTimeout: (ms: number) => (ms === 0 ? sleep(0) : new Promise<never>(() => {})) };
    default:
      return undefined;
  }
}

function CompiledScript(text: string, { filename }: ScriptOptions & { readonly filename: string }): Script {
  const made = new Script(text, { filename });
  compiled.set(filename, made);
  return made;
}
