import { join } from 'node:path';
import { RootMachine } from './root-machine.ts';

const REPOSITORY = '/srv/repository';

/** What a package is made from; it owns /opt/NAME, which says its version. */
export interface Offer {
  readonly name: string;
  readonly version: string;
  /** More lines of its spec file, such as `Requires: x`. */
  readonly more?: string;
}

/** A root with a real dnf, rpm and a repository on its disk, and nothing that is installed through them. */
export class DnfMachine extends RootMachine {
  /** @param folder what `.ci/oracles` brought. @param model whose disk this one begins with. */
  constructor(folder: string, model?: DnfMachine) {
    super(join(folder, 'root'), model);
  }

  /** Fills the repository. @param groups of packages: what is in it, by its name. */
  offer(offers: readonly Offer[], groups: Readonly<Record<string, string>>): void {
    this.write('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
    this.write('etc/group', 'root:x:0:\n');
    const repository = `[local]\nname=local\nbaseurl=file://${REPOSITORY}\ngpgcheck=0\n`;
    this.write('etc/yum.repos.d/local.repo', repository);
    for (const offer of offers) this.write(`root/specs/${offer.name}-${offer.version}.spec`, specOf(offer));
    this.write('root/groups.xml', groupsXml(groups));
    this.sh(
      `rpmbuild -bb --quiet --define '_rpmdir ${REPOSITORY}' /root/specs/* 2>&1
      createrepo_c -q -g /root/groups.xml ${REPOSITORY}`,
    );
  }

  get installed(): readonly string[] {
    return this.sh("rpm -qa --qf '%{name}-%{version}\\n' | sort").split('\n').filter(Boolean);
  }

  /** A package of the repository, as a file. */
  file(name: string): Uint8Array {
    return this.read(join(REPOSITORY, 'noarch', name));
  }
}

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
