import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, PROGRAMS } from '#scripts/build/bundle.ts';
import type { BundledPackage } from '#scripts/build/bundled-packages.ts';
import { describeContents, licenceProblems, type BundledProgram } from '#scripts/build/contents.ts';
import { printBom } from '#scripts/build/sbom.ts';

const ROOT = process.cwd();

let programs: readonly BundledProgram[];
let contents: ReadonlyMap<string, string>;

beforeAll(async () => {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const work = mkdtempSync(join(ROOT, '.cache', 'contents-'));
  try {
    programs = await Promise.all(
      PROGRAMS.map(async (program) => {
        const { metafile } = await bundleProgram(ROOT, work, program);
        return { name: program.name, metafile };
      }),
    );
    contents = describeContents(ROOT, process.execPath, programs);
  } finally {
    rmSync(work, { recursive: true });
  }
}, 60_000);

interface Bom {
  readonly components: readonly {
    readonly name: string;
    readonly group?: string;
    readonly version: string;
    readonly purl: string;
    readonly components?: readonly { readonly name: string; readonly version: string }[];
  }[];
}

function bomOf(name: string): Bom {
  return JSON.parse(contents.get(`${name}.cdx.json`) ?? '') as Bom;
}

/** Names of packages with code in the program, by the paths alone. */
function shippedBy({ metafile }: BundledProgram): readonly string[] {
  const paths = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput === 0 ? [] : [path])),
  );
  const names = paths.flatMap((path) => {
    const below = path.split('node_modules/').at(-1)?.split('/') ?? [];
    if (!path.includes('node_modules/')) return [];
    return [below[0]?.startsWith('@') ? `${below[0]}/${below[1]}` : `${below[0]}`];
  });
  return [...new Set(names)].toSorted();
}

describe('the bill of materials', () => {
  it.each(PROGRAMS.map(({ name }) => name))('of %s has every package of the bundle, and no other', (name) => {
    const program = programs.find((each) => each.name === name);
    if (program === undefined) throw new Error('it was not bundled');
    const listed = bomOf(name).components.map((each) =>
      each.group ? `${each.group}/${each.name}` : each.name,
    );
    expect(listed.filter((each) => each !== 'node').toSorted()).toEqual(shippedBy(program));
    expect(listed).toContain('yaml');
  });

  it('has the versions that are installed, by which they can be found', () => {
    for (const { name, group, version, purl } of bomOf('landfall-ops').components) {
      if (name === 'node') continue;
      const folder = group ? `${group}/${name}` : name;
      const manifest = JSON.parse(readFileSync(join('node_modules', folder, 'package.json'), 'utf8')) as {
        version: string;
      };
      expect(version, folder).toBe(manifest.version);
      expect(purl).toBe(`pkg:npm/${folder.replace('@', '%40')}@${version}`);
    }
  });

  it('has Node, and what is in it', () => {
    const node = bomOf('landfall').components.find(({ name }) => name === 'node');
    expect(node?.version).toBe(process.versions.node);
    expect(node?.components).toContainEqual(
      expect.objectContaining({ name: 'openssl', version: process.versions.openssl }),
    );
  });

  it.each(PROGRAMS.map(({ name }) => name))('of %s is CycloneDX 1.6, by its own schema', (name) => {
    expect(problemsOf(bomOf(name))).toEqual([]);
  });

  it('is not CycloneDX when a licence or a type is none', () => {
    const [first, ...rest] = bomOf('landfall').components;
    const broken = { ...bomOf('landfall'), components: [{ ...first, type: 'thing' }, ...rest] };
    expect(problemsOf(broken)).not.toEqual([]);
  });

  it('is the same each time, and names no place or time of the build', () => {
    expect(describeContents(ROOT, process.execPath, programs)).toEqual(contents);
    for (const text of contents.values()) {
      expect(text).not.toContain(ROOT);
      expect(text).not.toMatch(/"timestamp"|"serialNumber"/);
    }
  });
});

function problemsOf(document: unknown): readonly unknown[] {
  const ajv = new Ajv({ strict: false, validateFormats: true, allErrors: true });
  addFormats.default(ajv);
  // Of draft 2019, which no field here uses.
  ajv.addFormat('idn-email', true);
  ajv.addFormat('iri-reference', true);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) ajv.addSchema(schemaOf(name));
  const validate = ajv.compile(schemaOf('bom-1.6'));
  validate(document);
  return validate.errors ?? [];
}

function schemaOf(name: string): object {
  const path = `node_modules/@cyclonedx/cyclonedx-library/res/schema/${name}.SNAPSHOT.schema.json`;
  // Under the name by which the schemas there refer to each other.
  const $id = `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`;
  return { ...(JSON.parse(readFileSync(path, 'utf8')) as object), $id };
}

describe('the notices', () => {
  it('hold the licence of every package, of Node and of Landfall', () => {
    const text = contents.get('THIRD-PARTY-NOTICES.txt') ?? '';
    for (const program of PROGRAMS) {
      for (const { group, name, version } of bomOf(program.name).components) {
        const title =
          name === 'node' ? `Node.js ${version}` : `${group ? `${group}/` : ''}${name} ${version} (`;
        expect(text).toContain(`\n${title}`);
      }
    }
    expect(text).toContain('Copyright Node.js contributors');
    expect(text).toContain('Copyright Eemeli Aro');
  });
});

describe('the gate of licences', () => {
  const mit: BundledPackage = {
    name: 'a',
    version: '1.0.0',
    licence: 'MIT',
    texts: ['Copyright (c) A'],
    needs: [],
    integrity: `sha512-${Buffer.alloc(64).toString('base64')}`,
  };

  it.each([
    ['MIT', []],
    ['(MIT OR GPL-3.0-only)', []],
    ['MIT AND BSD-3-Clause', []],
    ['GPL-3.0-only', ['a@1.0.0 is under GPL-3.0-only, which is not allowed']],
    ['MIT AND GPL-3.0-only', ['a@1.0.0 is under MIT AND GPL-3.0-only, which is not allowed']],
    ['SEE LICENSE IN x', ['a@1.0.0 is under SEE LICENSE IN x, which is not allowed']],
    ['', ['a@1.0.0 is under no licence it names, which is not allowed']],
  ])('knows %j', (licence, problems) => {
    expect(licenceProblems([{ ...mit, licence }])).toEqual(problems);
  });

  it('wants the text of a licence that names its holder', () => {
    expect(licenceProblems([{ ...mit, texts: [] }])).toEqual(['a@1.0.0 brings no text of its licence (MIT)']);
    expect(licenceProblems([{ ...mit, texts: [], licence: 'Apache-2.0' }])).toEqual([]);
  });

  it('lets a package with a choice into the bill as an expression', () => {
    const runtime = { versions: { node: '24.0.0' }, licence: '' };
    const packages = [{ ...mit, licence: '(MIT OR GPL-3.0-only)' }];
    const bom = JSON.parse(printBom({ name: 'x', version: '1.0.0', packages, runtime })) as Bom;
    expect(bom.components[0]).toMatchObject({ licenses: [{ expression: '(MIT OR GPL-3.0-only)' }] });
    expect(problemsOf(bom)).toEqual([]);
  });
});
