import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LANDFALL } from './citizen.ts';

const ENVIRONMENT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C',
  // What is run here shares the network of this host: it must not ask the metadata service that may answer there.
  AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
};

/** A root that an oracle brought, with a disk of its own over it; it sees /tmp and the built programs of this host. */
export class RootMachine implements Disposable {
  /** Of a citizen, to be started on this machine. */
  readonly wrapper: readonly string[];
  readonly #disk = mkdtempSync(join(tmpdir(), 'landfall-root-'));

  /**
   * @param root never written to. @param model whose disk this one begins with.
   * @param emulator of the programs in `root`, where they are of arm64.
   */
  constructor(root: string, model?: RootMachine, emulator = '') {
    const script = join(import.meta.dirname, 'root-machine.sh');
    const own = ['--mount', '--propagation', 'private', script];
    this.wrapper = ['unshare', ...own, root, this.#disk, dirname(LANDFALL), emulator];
    if (model) cpSync(model.#changes, this.#changes, { recursive: true });
  }

  /** What a shell line prints here. @throws when it fails */
  sh(line: string): string {
    const { status, stdout, stderr } = this.#run(line);
    if (status !== 0) throw new Error(`${line} ended with ${status}: ${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Everything that a shell line prints here, whether it fails or not. */
  says(line: string): string {
    const { stdout, stderr } = this.#run(line);
    return stdout + stderr;
  }

  /** Begins a shell line here, on which nothing waits. @returns the wrapper of what is to run beside it. */
  start(line: string): readonly string[] {
    const [program = '', ...args] = this.wrapper;
    const child = spawn(program, [...args, 'sh', '-euc', line], { env: ENVIRONMENT, stdio: 'ignore' });
    return ['nsenter', '--mount', '--target', String(child.pid), '--', 'chroot', join(this.#disk, 'root')];
  }

  has(path: string): boolean {
    return existsSync(join(this.#changes, path));
  }

  read(path: string): Buffer {
    return readFileSync(join(this.#changes, path));
  }

  write(path: string, text: string, mode = 0o644): void {
    const to = join(this.#changes, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text, { mode });
  }

  [Symbol.dispose](): void {
    rmSync(this.#disk, { recursive: true, force: true });
  }

  get #changes(): string {
    return join(this.#disk, 'changes');
  }

  #run(line: string) {
    const [program = '', ...args] = this.wrapper;
    return spawnSync(program, [...args, 'sh', '-euc', line], { env: ENVIRONMENT, encoding: 'utf8' });
  }
}
