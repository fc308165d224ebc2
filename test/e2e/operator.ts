import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { printTrustedKey, trustedKeyOf, type TrustedKey } from '#config-service';

const OPS = resolve('dist/landfall-ops');

export interface OperatorRan {
  readonly code: number;
  readonly said: string;
}

/** Whoever publishes: a folder, a key and the built `landfall-ops`, against a sandbox. */
export class Operator {
  readonly folder = mkdtempSync(join(tmpdir(), 'landfall-operator-'));
  /** Of the private key, for `--sign`. */
  readonly key = join(this.folder, 'release.pem');
  readonly trusted: TrustedKey;
  readonly #awsUrl: string;

  constructor(awsUrl: string) {
    if (!existsSync(OPS)) throw new Error('dist/landfall-ops is missing: run `npm run build` first');
    this.#awsUrl = awsUrl;
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(this.key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const trusted = trustedKeyOf(publicKey.export({ format: 'der', type: 'spki' }));
    if (!trusted) throw new Error('the key cannot sign releases');
    this.trusted = trusted;
  }

  /** What instances are told, to trust this operator and nobody else. */
  get trustedKeys(): Readonly<Record<string, string>> {
    return { LANDFALL_TRUSTED_KEYS: printTrustedKey(this.trusted) };
  }

  /** The folder that is published. */
  get config(): string {
    return join(this.folder, 'config');
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.config, path)), { recursive: true });
      writeFileSync(join(this.config, path), text);
    }
  }

  run(...args: readonly string[]): Promise<OperatorRan> {
    return new Promise((done) => {
      execFile(OPS, args, { env: this.#env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        done({ code, said: `${stdout}${stderr}` });
      });
    });
  }

  /** Kills it with -9 after a while, unless it has ended by then. */
  async runAndKill(afterMs: number, ...args: readonly string[]): Promise<void> {
    const child = spawn(OPS, args, { env: this.#env, stdio: 'ignore' });
    const gone = new Promise<void>((done) => void child.once('close', () => done()));
    await Promise.race([sleep(afterMs), gone]);
    child.kill('SIGKILL');
    await gone;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #env(): NodeJS.ProcessEnv {
    const keys = { AWS_ACCESS_KEY_ID: 'sandbox', AWS_SECRET_ACCESS_KEY: 'sandbox' };
    return { ...keys, AWS_ENDPOINT_URL: this.#awsUrl, HOME: this.folder, PATH: '/usr/bin:/bin' };
  }
}
