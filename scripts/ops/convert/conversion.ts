import { Document } from 'yaml';
import type { PlanNode } from '#agent/plan/plan-node.ts';
import { convertAwslogs } from './awslogs.ts';
import { convertCloudConfig } from './cloud-config.ts';
import { convertCloudFormation, type Wanted } from './cloudformation.ts';
import { convertCloudWatchAgent } from './cloudwatch-agent.ts';
import { convertConfd } from './confd.ts';
import { convertConsulTemplate } from './consul-template.ts';
import { consulKeysOf } from './consul-keys.ts';
import { convertCustomJson } from './custom-json.ts';
import { Draft, type Remark } from './draft.ts';
import { convertExtensions, type Extension } from './ebextensions.ts';
import { kindOf, type Kind } from './kind.ts';
import { readLocated, unreadable } from './located.ts';
import { convertMonScripts } from './mon-scripts.ts';
import type { GoTemplate } from './template-entry.ts';

/** A file as somebody brings it along. */
export interface Brought {
  /** As it was named on the command line. */
  readonly file: string;
  readonly text: string;
}

export interface Wishes extends Wanted {
  /** What all files are, where they do not say it themselves. */
  readonly kind: Kind | undefined;
  readonly manager: 'apt' | 'dnf' | 'yum';
  /** A template that lies near the file that names it. */
  readonly templateNear: (file: string, path: string) => Promise<Brought | undefined>;
}

export interface Conversion {
  /** `plan.yaml`. */
  readonly plan: string;
  /** What belongs beside it, by its path in the layer. */
  readonly files: ReadonlyMap<string, string>;
  /** In the order of the files and their lines. */
  readonly remarks: readonly Remark[];
}

/** One layer out of all files together. Fails with `LF_CONVERT`. */
export async function convertFiles(brought: readonly Brought[], wishes: Wishes): Promise<Conversion> {
  const draft = new Draft();
  const known = brought.map((one) => {
    const kind = wishes.kind ?? kindOf(one.file, one.text);
    if (kind === undefined) throw unreadable(one.file, 'neither its name nor its content says what it is');
    return { ...one, kind };
  });
  const keys = new Set<string>();
  const extensions: Extension[] = [];
  for (const { file, text, kind } of known) {
    if (kind === 'custom-json') {
      const root = readLocated(file, text);
      addKeys(root, '', keys);
      convertCustomJson(file, text, root, draft);
    } else if (kind === 'consul-kv') {
      const values = consulKeysOf(file, readLocated(file, text), draft);
      for (const key of Object.keys(values)) keys.add(key);
      draft.file('consul-keys.json', `${JSON.stringify(values, null, 2)}\n`);
    } else if (kind === 'ebextensions') extensions.push({ file, root: readLocated(file, text) });
  }
  convertExtensions(extensions, draft);

  const named = new Set<string>();
  const templateOf =
    (near: string) =>
    async (path: string): Promise<GoTemplate | undefined> => {
      const base = path.split('/').at(-1) ?? path;
      const given = known.find(
        ({ file, kind }) => kind === 'template' && (file.split('/').at(-1) ?? file) === base,
      );
      const found = given ?? (await wishes.templateNear(near, path));
      if (!found) return undefined;
      named.add(found.file);
      return { file: found.file, before: 0, text: found.text };
    };
  const hasKey = (key: string, isGroup: boolean): boolean =>
    isGroup ? [...keys].some((one) => one.startsWith(`${key}.`)) : keys.has(key);
  for (const one of known) await convertOne(one, { draft, wishes, hasKey, templateOf: templateOf(one.file) });
  for (const { file, kind } of known) {
    if (kind === 'template' && !named.has(file))
      draft.leave({ file, line: 1 }, file, 'no file that was named says where it goes');
  }
  return { plan: planText(draft), files: draft.files, remarks: inOrder(draft.remarks, brought) };
}

interface Circumstances {
  readonly draft: Draft;
  readonly wishes: Wishes;
  readonly hasKey: (key: string, isGroup: boolean) => boolean;
  readonly templateOf: (path: string) => Promise<GoTemplate | undefined>;
}

async function convertOne(
  { file, text, kind }: Brought & { kind: Kind },
  { draft, wishes, ...reading }: Circumstances,
): Promise<void> {
  switch (kind) {
    case 'cloudwatch-agent':
      return await convertCloudWatchAgent(readLocated(file, text), draft);
    case 'awslogs':
      return await convertAwslogs(file, text, draft);
    case 'mon-scripts':
      return convertMonScripts(file, text, draft);
    case 'confd':
      return await convertConfd(file, text, { draft, ...reading });
    case 'consul-template':
      return await convertConsulTemplate(file, text, { draft, ...reading });
    case 'cloud-config':
      return convertCloudConfig(readLocated(file, text), wishes.manager, draft);
    case 'cloudformation':
      return convertCloudFormation(file, readLocated(file, text), wishes, draft);
    case 'ebextensions':
    case 'custom-json':
    case 'consul-kv':
    case 'template':
      // These were read before all others, which look into them.
      return;
  }
}

/** All keys that a file of properties gives, as they are called in a template. */
function addKeys(node: PlanNode, at: string, keys: Set<string>): void {
  if (node.kind === 'scalar') keys.add(at);
  else {
    const below = node.kind === 'list' ? node.items.entries() : node.members;
    for (const [name, one] of below) addKeys(one, at === '' ? String(name) : `${at}.${name}`, keys);
  }
}

function planText(draft: Draft): string {
  const { plan } = draft;
  if (Object.keys(plan).length === 0) return '';
  return new Document(plan).toString({
    lineWidth: 0,
    defaultStringType: 'PLAIN',
    flowCollectionPadding: true,
  });
}

function inOrder(remarks: readonly Remark[], brought: readonly Brought[]): readonly Remark[] {
  const places = new Map(brought.map(({ file }, index) => [file, index]));
  return remarks.toSorted(
    (a, b) => (places.get(a.file) ?? Infinity) - (places.get(b.file) ?? Infinity) || a.line - b.line,
  );
}
