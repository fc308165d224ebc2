import { readTemplate, type NameKind } from '#agent/logs/names/name-template.ts';
import type { Draft } from './draft.ts';
import type { PlanNode } from '#agent/plan/plan-node.ts';

/** Placeholders of awslogs and amazon-cloudwatch-agent by ours. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  instance_id: '{instanceId}',
  hostname: '{hostname}',
  local_hostname: '{hostname}',
  ip_address: '{privateIp}',
  aws_region: '{region}',
  account_id: '{account}',
  date: '{date}',
};

/** The name of a group or a stream in our terms; undefined, and told, for what cannot be one. */
export function logNameOf(
  kind: NameKind,
  text: string,
  { at, what, draft }: { at: PlanNode; what: string; draft: Draft },
): string | undefined {
  const name = text.replaceAll(/\{(\w+)\}/g, (all, word: string) => PLACEHOLDERS[word] ?? all);
  if (text.includes('{local_hostname}'))
    draft.remark(
      'differs',
      at,
      what,
      'the name of the system comes along on a copied disk: {hostname} is that of the metadata service',
    );
  const read = readTemplate(name, kind);
  if (read.kind === 'ok') return name;
  draft.leave(at, what, read.problem);
  return undefined;
}

/** `messages` for `/var/log/messages`, `app` for `/srv/app/logs/app-*.log`. */
export function entryNameOf(path: string): string {
  const parts = path
    .split('/')
    .map((part) => part.replace(/\.(log|txt|out|err)$/, '').replaceAll(/[*?[\]{}]+/g, ''));
  return parts.findLast((part) => /[a-zA-Z]/.test(part)) ?? 'log';
}
