import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VERSION } from '../../agent/version.ts';
import { oracle } from '../support/oracle.ts';
import { buildPackages, HOST, NO_PACKAGES, packageFile, PROVIDED_BY_RPMS } from './built-packages.ts';
import { DnfMachine } from './dnf-machine.ts';
import { RootMachine } from './root-machine.ts';

const IMAGES = 'examples/images';
const SOURCE = 's3://acme-config-{region}/payroll';
const LATER = '99.0.0';
const EXIT_LEAK = 6;

const folder = mkdtempSync(join(tmpdir(), 'landfall-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [ansible, debian, dnf] = [oracle('ansible'), oracle('debian'), oracle('dnf')];
const toolOf = (name: string): string => ('folder' in ansible ? join(ansible.folder, 'bin', name) : name);

beforeAll(() => {
  if (NO_PACKAGES === undefined) buildPackages(folder, [VERSION, LATER], [HOST]);
}, 180_000);
beforeEach(({ skip }) => {
  if (NO_PACKAGES !== undefined) skip(NO_PACKAGES);
});

describe('the role of Ansible', () => {
  beforeEach(({ skip }) => {
    for (const one of [ansible, debian]) if ('missing' in one) skip(one.missing);
  });
  const env = {
    PATH: `${toolOf('')}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: join(folder, 'home'),
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
  };

  it('is as ansible-lint has it for production', { timeout: 180_000 }, () => {
    const options = { encoding: 'utf8', env, cwd: IMAGES } as const;
    expect(execFileSync(toolOf('ansible-lint'), ['--offline', '-q', 'ansible'], options)).toBe('');
  });

  it(
    'installs, sets and enables in a Debian, does nothing a second time, and upgrades',
    { timeout: 300_000 },
    () => {
      const under = (one: typeof ansible): string => ('folder' in one ? join(one.folder, 'root') : '');
      // The Python of the oracle over a Debian that has none: so every module of Ansible runs in there.
      using machine = new RootMachine(`${under(ansible)}:${under(debian)}`);
      const play = (version: string): string => playOn(machine, env, packageFile(folder, version, 'deb'));
      expect(play(VERSION)).toMatch(/changed=4 .*failed=0/);
      expect(machine.sh("dpkg-query -W -f '${Version} ${Status}' landfall")).toBe(
        `${VERSION} install ok installed`,
      );
      expect(parse(machine.read('/etc/landfall/agent.yaml').toString())).toEqual({ source: SOURCE });
      expect(machine.sh('readlink /etc/systemd/system/multi-user.target.wants/landfall.service')).toContain(
        '/landfall.service',
      );
      expect(play(VERSION)).toMatch(/changed=0 .*failed=0/);
      expect(play(LATER)).toMatch(/changed=2 .*failed=0/);
      expect(machine.sh("dpkg-query -W -f '${Version}' landfall")).toBe(LATER);
      expect(parse(machine.read('/etc/landfall/agent.yaml').toString())).toEqual({ source: SOURCE });
    },
  );
});

/** One run of a play with the role alone. @returns the last line, which counts. */
function playOn(
  machine: RootMachine,
  env: Readonly<Record<string, string>>,
  landfall_package: string,
): string {
  const [here, python] = [join(folder, 'ansible'), join(folder, 'ansible/python')];
  cpSync(`${IMAGES}/ansible`, join(here, 'roles/landfall'), { recursive: true });
  const quoted = machine.wrapper.map((word) => `'${word}'`).join(' ');
  writeFileSync(python, `#!/bin/sh\nexec ${quoted} python3 "$@"\n`);
  chmodSync(python, 0o755);
  const vars = { landfall_package, landfall_source: SOURCE };
  const host = { ansible_python_interpreter: python, ansible_remote_tmp: join(here, 'remote') };
  const plays = [{ hosts: 'all', vars: host, roles: [{ role: 'landfall', vars }] }];
  writeFileSync(join(here, 'play.json'), JSON.stringify(plays));
  const args = ['-i', 'host,', '-c', 'local', join(here, 'play.json')];
  const { status, stdout, stderr } = spawnSync(toolOf('ansible-playbook'), args, { encoding: 'utf8', env });
  expect(status, stdout + stderr).toBe(0);
  return stdout.trim().split('\n').at(-1) ?? '';
}

/** What a builder does on its machine, one line after the other, with the package where it expects it. */
function built(machine: DnfMachine, lines: readonly string[]): void {
  machine.offer([{ name: 'base', version: '1', more: PROVIDED_BY_RPMS }], {});
  machine.sh('dnf -yq install base');
  machine.write('/usr/bin/sudo', '#!/bin/sh\nexec "$@"\n', 0o755);
  // /tmp is the host's, and other tests are on it.
  copyFileSync(packageFile(folder, VERSION, 'rpm'), join(folder, 'landfall.rpm'));
  for (const line of lines) machine.sh(line.replaceAll('/tmp/', `${folder}/`));
}

describe('the template of Packer', () => {
  beforeEach(({ skip }) => {
    for (const one of [ansible, dnf]) if ('missing' in one) skip(one.missing);
  });

  it('is HCL whose parts are there, and its lines install the package and look at the image', () => {
    const { source, variable, build } = readHcl(`${IMAGES}/packer.pkr.hcl`);
    expect(build).toHaveLength(1);
    const sources = source.flatMap((kinds) =>
      Object.entries(kinds).flatMap(([kind, named]) =>
        Object.keys(named).map((name) => `source.${kind}.${name}`),
      ),
    );
    expect(build[0]?.sources).toEqual(sources);
    const [file, shell] = build[0]?.provisioner ?? [];
    expect(variable.flatMap((one) => Object.keys(one))).toEqual(['package']);
    expect(file?.['file']).toMatchObject({ source: '${var.package}', destination: '/tmp/landfall.rpm' });
    using machine = new DnfMachine('folder' in dnf ? dnf.folder : '');
    built(machine, shell?.['shell']?.inline ?? []);
    expect(machine.installed).toContain(`landfall-${VERSION}`);
    endsTheBuild(machine, shell?.['shell']?.inline?.at(-1) ?? '');
  });
});

describe('the component of Image Builder', () => {
  beforeEach(({ skip }) => {
    if ('missing' in dnf) skip(dnf.missing);
  });

  it('is a document as AWS describes them, and its steps install the package and look at the image', () => {
    const component = parse(readFileSync(`${IMAGES}/image-builder.yaml`, 'utf8')) as Component;
    const judge = new Ajv({ allErrors: true });
    expect(judge.validate(COMPONENT, component), judge.errorsText()).toBe(true);
    const steps = component.phases.flatMap((phase) => phase.steps);
    const [download] = steps.flatMap(({ action, inputs }) => (action === 'S3Download' ? inputs : []));
    expect(download).toEqual({ source: '{{ Package }}', destination: '/tmp/landfall.rpm' });
    expect(component.parameters.flatMap((one) => Object.keys(one))).toEqual(['Package']);
    const lines = steps.flatMap(({ action, inputs }) => (action === 'ExecuteBash' ? inputs.commands : []));
    using machine = new DnfMachine('folder' in dnf ? dnf.folder : '');
    built(machine, lines);
    expect(machine.installed).toContain(`landfall-${VERSION}`);
    expect(machine.sh(`ls ${folder}`).split('\n')).not.toContain('landfall.rpm');
    endsTheBuild(machine, lines.at(-1) ?? '');
  });
});

/** An image in which something leads to the region it was made in ends the build. */
function endsTheBuild(machine: DnfMachine, line: string): void {
  machine.write('/etc/environment', 'AWS_REGION=us-east-1\n');
  expect(machine.says(`set +e; ${line} >/dev/null 2>&1; echo $?`).trim()).toBe(String(EXIT_LEAK));
}

type Step = {
  readonly name: string;
} & (
  | { readonly action: 'ExecuteBash'; readonly inputs: { readonly commands: readonly string[] } }
  | { readonly action: 'S3Download'; readonly inputs: readonly object[] }
);

interface Component {
  readonly parameters: readonly object[];
  readonly phases: readonly { readonly name: string; readonly steps: readonly Step[] }[];
}

/** Of the actions that are used: docs.aws.amazon.com/imagebuilder/latest/userguide, "Document schema" and "Action modules". */
const TEXT = { type: 'string', minLength: 1 } as const;
const stepOf = (action: string, inputs: object) => ({
  type: 'object',
  required: ['name', 'action', 'inputs'],
  additionalProperties: false,
  properties: {
    name: TEXT,
    action: { const: action },
    timeoutSeconds: { type: 'integer' },
    onFailure: { enum: ['Abort', 'Continue', 'Ignore'] },
    maxAttempts: { type: 'integer', minimum: 1 },
    inputs,
  },
});
const EXECUTE_BASH = stepOf('ExecuteBash', {
  type: 'object',
  required: ['commands'],
  additionalProperties: false,
  properties: { commands: { type: 'array', minItems: 1, items: TEXT } },
});
const S3_DOWNLOAD = stepOf('S3Download', {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['source', 'destination'],
    additionalProperties: false,
    properties: {
      source: TEXT,
      destination: TEXT,
      expectedBucketOwner: TEXT,
      overwrite: { type: 'boolean' },
    },
  },
});
const COMPONENT = {
  type: 'object',
  required: ['schemaVersion', 'phases'],
  additionalProperties: false,
  properties: {
    name: TEXT,
    description: TEXT,
    schemaVersion: { const: 1 },
    parameters: {
      type: 'array',
      items: {
        type: 'object',
        minProperties: 1,
        maxProperties: 1,
        propertyNames: { pattern: '^[A-Za-z0-9_-]{3,128}$' },
        additionalProperties: {
          type: 'object',
          required: ['type'],
          additionalProperties: false,
          properties: {
            type: { const: 'string' },
            default: { type: 'string' },
            description: TEXT,
            allowedValues: { type: 'array' },
          },
        },
      },
    },
    phases: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'steps'],
        additionalProperties: false,
        properties: {
          name: { enum: ['build', 'validate', 'test', 'container-host-test'] },
          steps: { type: 'array', minItems: 1, items: { anyOf: [EXECUTE_BASH, S3_DOWNLOAD] } },
        },
      },
    },
  },
};

interface PackerTemplate {
  readonly variable: readonly object[];
  readonly source: readonly Readonly<Record<string, object>>[];
  readonly build: readonly {
    readonly sources: readonly string[];
    readonly provisioner: readonly Readonly<Record<string, { readonly inline?: readonly string[] }>>[];
  }[];
}

const bare = (text: string): string => (/^".*"$/.test(text) ? (JSON.parse(text) as string) : text);

/** As python-hcl2 reads it, which leaves the quotes of strings where they are and marks what is a block. */
function readHcl(path: string): PackerTemplate {
  const read = execFileSync(toolOf('hcl2tojson'), [path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const plain = (value: unknown): unknown => {
    if (typeof value === 'string') return bare(value);
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).filter(([name]) => name !== '__is_block__');
    return Object.fromEntries(members.map(([name, member]) => [bare(name), plain(member)]));
  };
  return plain(JSON.parse(read)) as PackerTemplate;
}
