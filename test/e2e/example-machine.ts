import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const HERE = import.meta.dirname;
const OWN_MOUNTS = ['--mount', '--propagation', 'private', join(HERE, 'example-machine.sh')];

/** Why no machine can be made here, or undefined. Tests that need one skip, and say this. */
export const NO_MACHINE: string | undefined = probe();

/** Programs that `example-tools` has a stand-in for. */
export type Tool =
  | 'apt-get'
  | 'chef-client'
  | 'mysql'
  | 'nginx'
  | 'payslips-worker'
  | 'php'
  | 'rpm'
  | 'systemctl'
  | 'yum';

/**
 * The root file system of an instance: that of this host, with a disk of its own over /etc, /usr, /var and others. Programs
 * find the stand-ins before the real ones. The disk stays from one start to the next.
 */
export class Machine {
  /** Of a citizen, to be started on this machine. */
  readonly wrapper: readonly string[];
  readonly #disk: string;

  constructor(tools: readonly Tool[]) {
    this.#disk = mkdtempSync(join(tmpdir(), 'landfall-machine-'));
    this.wrapper = ['unshare', ...OWN_MOUNTS, this.#disk];
    for (const tool of tools) this.#put(tool, PROGRAMS);
  }

  /** A package that apt-get of this machine can install, with one program. */
  offer(name: string, tool: Tool, files: Readonly<Record<string, string>> = {}): void {
    this.#put(tool, `${STORE}/${name}${PROGRAMS}`);
    for (const [path, text] of Object.entries(files)) this.#write(`${STORE}/${name}${path}`, text);
  }

  /** What was written at this path, by whomever. */
  read(path: string): string {
    return readFileSync(join(this.#disk, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.#disk, path));
  }

  /** All that was written here, with what tells whether it was written again. */
  get files(): ReadonlyMap<string, { readonly text: string; readonly version: string }> {
    const written = FOLDERS.flatMap((folder) => {
      const entries = readdirSync(join(this.#disk, folder), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    });
    return new Map(
      written.map((path) => {
        const { ino, mtimeMs, mode, uid, gid } = lstatSync(path);
        const version = [ino, mtimeMs, mode.toString(8), uid, gid].join(' ');
        return [path.slice(this.#disk.length), { text: readFileSync(path, 'utf8'), version }];
      }),
    );
  }

  /**
   * Files, links and folders that were made, changed or removed here, whatever they were before: path to type, mode, owner, group,
   * and the content of a file or the target of a link.
   */
  get tree(): ReadonlyMap<string, string> {
    const entries = FOLDERS.flatMap((folder) =>
      readdirSync(join(this.#disk, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    );
    const tree = entries
      .toSorted()
      .map((name): [string, string] => [`/${name}`, described(join(this.#disk, name))]);
    // What is below a folder, or was written and is as before, brings it here too.
    return new Map(tree.filter(([path, what]) => !existsSync(path) || described(path) !== what));
  }

  /** Files in which one of these names occurs. */
  naming(...names: readonly string[]): readonly string[] {
    const found = [...this.files].filter(([, { text }]) => names.some((name) => text.includes(name)));
    return found.map(([path]) => path);
  }

  mode(path: string): string {
    return (lstatSync(join(this.#disk, path)).mode & 0o7777).toString(8);
  }

  /** What the stand-ins were told to change, in order. */
  get calls(): readonly string[] {
    return this.has(CALLS) ? this.read(CALLS).trimEnd().split('\n') : [];
  }

  #put(tool: Tool, folder: string): void {
    this.#write(`${folder}/${tool}`, readFileSync(join(HERE, 'example-tools', tool)));
    chmodSync(join(this.#disk, folder, tool), 0o755);
  }

  #write(path: string, content: string | Uint8Array): void {
    const to = join(this.#disk, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, content);
  }

  [Symbol.dispose](): void {
    rmSync(this.#disk, { recursive: true, force: true });
  }
}

/** As in example-machine.sh, without what programs are. */
const FOLDERS = ['etc', 'opt', 'root', 'srv', 'var'];
/** First in the PATH of commands. */
const PROGRAMS = '/usr/local/sbin';
const STORE = '/usr/local/example-store';
const CALLS = '/var/log/example-calls';

function described(path: string): string {
  const { mode, uid, gid } = lstatSync(path);
  const type = TYPES.get(mode & constants.S_IFMT) ?? 'removed';
  const content = type === 'file' ? readFileSync(path, 'latin1') : type === 'link' ? readlinkSync(path) : '';
  return `${type} ${(mode & 0o7777).toString(8)} ${uid}:${gid} ${content}`;
}

/** What overlayfs puts where something was removed is a device. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'folder'],
  [constants.S_IFLNK, 'link'],
]);

function probe(): string | undefined {
  if (process.getuid?.() !== 0) return 'this is not root';
  const disk = mkdtempSync(join(tmpdir(), 'landfall-machine-'));
  const { status, stderr, error } = spawnSync('unshare', [...OWN_MOUNTS, disk, 'true'], { encoding: 'utf8' });
  rmSync(disk, { recursive: true, force: true });
  return status === 0
    ? undefined
    : `no overlay can be mounted in a namespace: ${error?.message ?? stderr.trim()}`;
}
