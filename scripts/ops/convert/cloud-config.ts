import { gunzipSync } from 'node:zlib';
import type { Json } from '#agent/plan/json.ts';
import type { PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';
import { Fields } from './fields.ts';
import { convertInitConfig } from './init-entries.ts';

/** User data that begins with `#cloud-config`: https://docs.cloud-init.io/en/latest/reference/modules.html */
export function convertCloudConfig(root: PlanNode, manager: 'apt' | 'dnf' | 'yum', draft: Draft): void {
  const fields = new Fields(root, '', draft);
  const files = filesOf(fields, draft);
  const packages = packagesOf(fields, draft);
  const configs = {
    ...(Object.keys(files).length > 0 ? { files: { files } } : {}),
    ...(Object.keys(packages).length > 0 ? { packages: { packages: { [manager]: packages } } } : {}),
  };
  if (Object.keys(packages).length > 0)
    draft.remark(
      'differs',
      fields.at('packages'),
      'packages',
      `are installed with ${manager}; --packages says another manager`,
    );
  if (Object.keys(configs).length > 0) {
    const document = {
      'AWS::CloudFormation::Init': { configSets: { default: Object.keys(configs) }, ...configs },
    };
    draft.put('init', 'cloud-config', {
      document: draft.file('cloud-config.json', `${JSON.stringify(document, null, 2)}\n`),
    });
  }
  convertCommands(fields, draft);
  fields.leave('package_update', 'apt is updated before it installs; dnf and yum look by themselves');
  fields.leave('package_upgrade', 'an image is what is upgraded (docs/bake.md)');
  fields.leave(
    'bootcmd',
    'runs at each boot before anything else: what has to be there then belongs into user data',
  );
  for (const name of ['users', 'groups', 'ssh_authorized_keys', 'chpasswd', 'password'])
    fields.leave(name, 'accounts of people stay with cloud-init');
  fields.end('stays with cloud-init, which runs before Landfall');
}

function packagesOf(fields: Fields, draft: Draft): Record<string, Json> {
  const packages: Record<string, Json> = {};
  for (const node of fields.texts('packages')) {
    const [name, version] = node.kind === 'list' ? node.items : [node];
    if (name?.kind !== 'scalar' || (version && version.kind !== 'scalar'))
      draft.leave(node, 'packages', 'is no name of a package, nor one with its version');
    else packages[name.text] = version?.kind === 'scalar' ? [version.text] : [];
  }
  return packages;
}

/** Through the reader of init documents, which says of each whether it is one. */
function filesOf(fields: Fields, draft: Draft): Record<string, Json> {
  const kept: Record<string, Json> = {};
  for (const [index, node] of fields.texts('write_files').entries()) {
    const one = fields.below(node, `write_files.${index}`);
    const path = one.text('path') ?? '';
    const entry = fileOf(one, draft);
    one.leave('append', 'a file is written whole: put all of its content here');
    one.leave('source', 'files come from S3 of the region: a `source` of an init document');
    one.take('defer');
    const isAppended = one.flag('append');
    one.end();
    if (entry === undefined || isAppended) continue;
    const read = convertInitConfig(
      {
        ...node,
        kind: 'map',
        members: new Map([['files', { ...node, kind: 'map', members: new Map([[path, node]]) }]]),
      },
      { name: 'write_files', draft, resolve: () => ({ json: entry }) },
    );
    Object.assign(kept, read['files']);
  }
  return kept;
}

function fileOf(one: Fields, draft: Draft): Json | undefined {
  const content = one.text('content') ?? '';
  const encoding = (one.text('encoding') ?? 'text/plain').toLowerCase();
  const [owner, group] = (one.text('owner') ?? 'root:root').split(':');
  const mode = one.text('permissions');
  const isPacked = /gz/.test(encoding);
  if (isPacked && !/base64|b64/.test(encoding)) {
    draft.leave(one.at('encoding'), one.path('encoding'), 'packed bytes need base64 around them');
    return undefined;
  }
  let text: Record<string, Json> = { content };
  if (/base64|b64/.test(encoding)) {
    const bytes = Buffer.from(content, 'base64');
    text = { content: (isPacked ? unpacked(bytes) : bytes).toString('base64'), encoding: 'base64' };
  }
  return {
    ...text,
    ...(mode === undefined ? {} : { mode: mode.replace(/^0o/, '0').padStart(4, '0') }),
    ...(owner ? { owner } : {}),
    ...(group ? { group } : owner ? { group: owner } : {}),
  };
}

const MAX_UNPACKED = 16 * 1024 * 1024;

function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED });
  } catch {
    // The reader of init documents takes it from here, as the bytes they are.
    return bytes;
  }
}

/** cloud-init runs all of them as one script of sh, in which `cd` and variables go on. */
function convertCommands(fields: Fields, draft: Draft): void {
  const lines = fields.texts('runcmd').flatMap((node) => {
    if (node.kind === 'list')
      return [node.items.map((word) => quoted(word.kind === 'scalar' ? word.text : '')).join(' ')];
    if (node.kind === 'scalar') return [node.text.trimEnd()];
    draft.leave(node, 'runcmd', 'is neither a line nor a list of words');
    return [];
  });
  if (lines.length === 0) return;
  draft.put('scripts', '10-runcmd', {
    run: draft.file('scripts/runcmd.sh', `#!/bin/sh\n${lines.join('\n')}\n`),
  });
  draft.remark(
    'differs',
    fields.at('runcmd'),
    'runcmd',
    'runs once per instance and content; a last line that fails is a failure, one before it is none, as in sh',
  );
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
