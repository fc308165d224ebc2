import { compileLinePattern } from '#agent/logs/text/line-pattern.ts';
import { readRetention } from '#agent/logs/settings/retention.ts';
import type { Json } from '#agent/plan/json.ts';
import type { PlanNode } from '#agent/plan/plan-node.ts';
import type { Draft } from './draft.ts';
import type { Fields } from './fields.ts';
import { putLog } from './log-entry.ts';
import { logNameOf } from './log-names.ts';
import { encodingOf, logPathOf, multilineOf, timestampOf } from './log-text.ts';

/** `logs_collected` of amazon-cloudwatch-agent.json. */
export async function convertCollectedLogs(
  collected: Fields,
  stream: string | undefined,
  draft: Draft,
): Promise<void> {
  const files = collected.map('files');
  for (const [index, node] of (files?.texts('collect_list') ?? []).entries()) {
    const fields = files?.below(node, `collect_list.${index}`);
    if (fields) await convertFile(fields, stream, draft);
  }
  files?.end();
  const journal = collected.map('journald');
  for (const [index, node] of (journal?.texts('collect_list') ?? []).entries()) {
    const fields = journal?.below(node, `collect_list.${index}`);
    if (fields) convertJournal(fields, stream, draft);
  }
  journal?.end();
  collected.leave('windows_events', 'Windows is no target');
  collected.end('this is not collected here');
}

async function convertFile(fields: Fields, otherStream: string | undefined, draft: Draft): Promise<void> {
  const path = logPathOf(fields, 'file_path', draft);
  const timestamp = timestampOf(fields, ['timestamp_format', 'timezone'], draft);
  const multiline = await multilineOf(fields, 'multi_line_start_pattern', {
    hasFormat: timestamp !== undefined,
    draft,
  });
  const filter = await filterOf(fields, draft);
  const entry: Record<string, Json> = {
    ...(path === undefined ? {} : { path }),
    ...namesOf(fields, otherStream, path?.replace(/\.[^./]*$/, ''), draft),
    ...keepingOf(fields, draft),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(multiline === undefined ? {} : { multiline }),
    ...(filter === undefined ? {} : { filter }),
    ...encodingOf(fields, 'encoding', draft),
  };
  if (path !== undefined && /[*?[]/.test(path) && !fields.flag('publish_multi_logs'))
    fields.differs('file_path', 'all files that match are read, not only the one written last');
  fields.leave('auto_removal', 'Landfall removes no log; logrotate does');
  fields.leave('blacklist', 'write `exclude` with globs of whole paths');
  fields.take('publish_multi_logs');
  fields.end();
  if (path !== undefined && entry['group'] !== undefined) await putLog(path, entry, fields.node, draft);
}

function namesOf(
  fields: Fields,
  otherStream: string | undefined,
  otherGroup: string | undefined,
  draft: Draft,
): Record<string, Json> {
  const named = (
    kind: 'group' | 'stream',
    field: string,
    otherwise: string | undefined,
  ): string | undefined => {
    const text = fields.text(field) ?? otherwise;
    return text && logNameOf(kind, text, { at: fields.at(field), what: fields.path(field), draft });
  };
  const group = named('group', 'log_group_name', otherGroup);
  const stream = named('stream', 'log_stream_name', otherStream);
  return {
    ...(group === undefined ? {} : { group }),
    ...(stream === undefined || stream === '{instanceId}' ? {} : { stream }),
  };
}

function keepingOf(fields: Fields, draft: Draft): Record<string, Json> {
  const days = fields.text('retention_in_days');
  const logClass = fields.text('log_group_class');
  const kept = days === undefined || days === '-1' ? undefined : readRetention(Number(days) * 86_400_000);
  if (typeof kept === 'string')
    draft.leave(fields.at('retention_in_days'), fields.path('retention_in_days'), kept);
  return {
    ...(typeof kept === 'number' ? { retention: `${kept}d` } : {}),
    ...(logClass?.toUpperCase() === 'INFREQUENT_ACCESS' ? { class: 'infrequent-access' } : {}),
  };
}

async function filterOf(fields: Fields, draft: Draft): Promise<Record<string, Json> | undefined> {
  const kept: { include: string[]; exclude: string[] } = { include: [], exclude: [] };
  for (const [index, node] of fields.texts('filters').entries()) {
    const one = fields.below(node, `filters.${index}`);
    const type = one.text('type');
    const expression = one.text('expression');
    one.end();
    if (expression === undefined || (type !== 'include' && type !== 'exclude')) {
      draft.leave(node, one.path('type'), 'is neither include nor exclude');
      continue;
    }
    const compiled = await compileLinePattern(expression);
    if (compiled.kind === 'ok') kept[type].push(expression);
    else draft.leave(node, one.path('expression'), `is no RE2 pattern: ${compiled.reason}`);
  }
  if (kept.include.length > 1) {
    fields.differs(
      'filters',
      'an event passes with one of several `include`; the other agent wanted all of them',
    );
  }
  const filled = Object.entries(kept).filter(([, list]) => list.length > 0);
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

function convertJournal(fields: Fields, otherStream: string | undefined, draft: Draft): void {
  const units = textsOf(fields.texts('units'));
  const priority = fields.text('priority');
  const names = namesOf(fields, otherStream, undefined, draft);
  const kept = keepingOf(fields, draft);
  fields.end();
  if (names['group'] === undefined) {
    draft.leave(fields.node, fields.path('log_group_name'), 'is missing, so the entry is left out');
    return;
  }
  const journal = { ...(units.length > 0 ? { units } : {}), ...(priority === undefined ? {} : { priority }) };
  draft.put('logs', 'journal', { journal, ...names, ...kept });
}

function textsOf(nodes: readonly PlanNode[]): readonly string[] {
  return nodes.flatMap((node) => (node.kind === 'scalar' ? [node.text] : []));
}
