import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LANDFALL } from './citizen.ts';

const HERE = import.meta.dirname;
const REPOSITORY = '/srv/repository';

/** What a package is made from; it owns /opt/NAME, which says its version. */
export interface Offer {
  readonly name: string;
  readonly version: string;
  /** More lines of its spec file, such as `Requires: x`. */
  readonly more?: string;
}

/** A root with a real dnf, rpm and a repository on its disk, and nothing that is installed through them. */
export class DnfMachine implements Disposable {
  /** Of a citizen, to be started on this machine. */
  readonly wrapper: readonly string[];
  readonly #disk = mkdtempSync(join(tmpdir(), 'landfall-dnf-'));

  /** @param folder what `.ci/oracles` brought. @param model whose disk this one begins with. */
  constructor(folder: string, model?: DnfMachine) {
    const own = ['--mount', '--propagation', 'private', join(HERE, 'dnf-machine.sh')];
    this.wrapper = ['unshare', ...own, join(folder, 'root'), this.#disk, dirname(LANDFALL)];
    if (model) cpSync(join(model.#disk, 'changes'), join(this.#disk, 'changes'), { recursive: true });
  }

  /** Fills the repository. @param groups of packages: what is in it, by its name. */
  offer(offers: readonly Offer[], groups: Readonly<Record<string, string>>): void {
    this.#write('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
    this.#write('etc/group', 'root:x:0:\n');
    const repository = `[local]\nname=local\nbaseurl=file://${REPOSITORY}\ngpgcheck=0\n`;
    this.#write('etc/yum.repos.d/local.repo', repository);
    for (const offer of offers) this.#write(`root/specs/${offer.name}-${offer.version}.spec`, specOf(offer));
    this.#write('root/groups.xml', groupsXml(groups));
    this.sh(
      `rpmbuild -bb --quiet --define '_rpmdir ${REPOSITORY}' /root/specs/* 2>&1
      createrepo_c -q -g /root/groups.xml ${REPOSITORY}`,
    );
  }

  /** What a shell line prints here. @throws when it fails */
  sh(line: string): string {
    const [program = '', ...args] = this.wrapper;
    const { status, stdout, stderr } = spawnSync(program, [...args, 'sh', '-euc', line], {
      env: ENVIRONMENT,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${line} ended with ${status}: ${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Begins a shell line here, on which nothing waits. @returns the wrapper of what is to run beside it. */
  start(line: string): readonly string[] {
    const [program = '', ...args] = this.wrapper;
    const child = spawn(program, [...args, 'sh', '-euc', line], { env: ENVIRONMENT, stdio: 'ignore' });
    return ['nsenter', '--mount', '--target', String(child.pid), '--', 'chroot', join(this.#disk, 'root')];
  }

  has(path: string): boolean {
    return existsSync(join(this.#disk, 'changes', path));
  }

  get installed(): readonly string[] {
    return this.sh("rpm -qa --qf '%{name}-%{version}\\n' | sort").split('\n').filter(Boolean);
  }

  /** A package of the repository, as a file. */
  file(name: string): Uint8Array {
    return readFileSync(join(this.#disk, 'changes', REPOSITORY, 'noarch', name));
  }

  [Symbol.dispose](): void {
    rmSync(this.#disk, { recursive: true, force: true });
  }

  #write(path: string, text: string): void {
    const to = join(this.#disk, 'changes', path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  }
}

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C' };

function specOf({ name, version, more = '' }: Offer): string {
  return `Name: ${name}
Version: ${version}
Release: 1
Summary: for a test
License: none
BuildArch: noarch
${more}
%description
For a test.
%install
mkdir -p %{buildroot}/opt
echo ${version} >%{buildroot}/opt/${name}
%files
/opt/${name}
`;
}

function groupsXml(groups: Readonly<Record<string, string>>): string {
  const each = Object.entries(groups).map(
    ([name, member]) => `<group><id>${name}</id><name>${name}</name><description/><default>false</default>
<uservisible>true</uservisible><packagelist><packagereq type="mandatory">${member}</packagereq></packagelist></group>`,
  );
  return `<?xml version="1.0"?><comps>${each.join('')}</comps>`;
}
