import type { BundledPackage } from './bundled-packages.ts';

/** The Node that is in an executable. */
export interface Runtime {
  /** `process.versions` of it: its own and that of everything in it. */
  readonly versions: Readonly<Record<string, string>>;
  /** Its licence, and those of what is in it. */
  readonly licence: string;
}

export interface BillOfMaterials {
  readonly name: string;
  readonly version: string;
  readonly packages: readonly BundledPackage[];
  readonly runtime: Runtime;
}

/** Entries of `process.versions` that are no software: an ABI, an API, a standard, data that icu brings. */
const NOT_SOFTWARE = new Set(['modules', 'napi', 'unicode', 'cldr', 'tz', 'node']);

/**
 * CycloneDX 1.6 in JSON. Without a serial number and a time, which it may have: the same program gives the same bytes
 * (CycloneDX 1.6 reference, `serialNumber`, `metadata.timestamp`).
 */
export function printBom({ name, version, packages, runtime }: BillOfMaterials): string {
  const program = { ref: `pkg:generic/${name}@${version}` };
  const node = nodeOf(runtime);
  const libraries = packages.map((each) => componentOf(each));
  const references = new Map(packages.map((each) => [each.name, purlOf(each)]));
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': program.ref,
        name,
        version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        purl: program.ref,
      },
    },
    components: [...libraries, node],
    dependencies: [
      { ref: program.ref, dependsOn: [...packages.map(purlOf), node['bom-ref']] },
      ...packages.map((each) => ({
        ref: purlOf(each),
        dependsOn: each.needs.flatMap((need) => references.get(need) ?? []),
      })),
      { ref: node['bom-ref'], dependsOn: node.components.map((part) => part['bom-ref']) },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function componentOf(each: BundledPackage) {
  const [scope, ...name] = each.name.startsWith('@') ? each.name.split('/') : [undefined, each.name];
  return {
    type: 'library',
    'bom-ref': purlOf(each),
    ...(scope === undefined ? {} : { group: scope }),
    name: name.join('/'),
    version: each.version,
    hashes: [{ alg: 'SHA-512', content: hexOf(each.integrity) }],
    licenses: [
      /^[A-Za-z0-9.-]+$/.test(each.licence)
        ? { license: { id: each.licence } }
        : { expression: each.licence },
    ],
    purl: purlOf(each),
    externalReferences: [{ type: 'distribution', url: tarballOf(each) }],
  };
}

function nodeOf({ versions }: Runtime) {
  const parts = Object.entries(versions)
    .filter(([name, version]) => !NOT_SOFTWARE.has(name) && version !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const purl = `pkg:generic/node@${versions['node']}`;
  return {
    type: 'platform',
    'bom-ref': purl,
    name: 'node',
    version: versions['node'],
    licenses: [{ license: { id: 'MIT' } }],
    purl,
    components: parts.map(([name, version]) => {
      const part = `pkg:generic/${name}@${encodeURIComponent(version)}`;
      return { type: 'library', 'bom-ref': `${purl}#${name}`, name, version, purl: part };
    }),
  };
}

/** `pkg:npm/%40aws-sdk/core@3.0.0` (purl-spec, npm). */
function purlOf({ name, version }: BundledPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** Where npm has it, whatever mirror a build takes it from: the digest says that it is the same. */
function tarballOf({ name, version }: BundledPackage): string {
  return `https://registry.npmjs.org/${name}/-/${name.replace(/^@[^/]+\//, '')}-${version}.tgz`;
}

/** Of npm's `sha512-BASE64`. */
function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
}
