import type { Json } from '#agent/plan/json.ts';
import type { Draft } from './draft.ts';
import { Fields } from './fields.ts';
import { readIni } from './ini.ts';
import { putLog } from './log-entry.ts';
import { logNameOf } from './log-names.ts';
import { encodingOf, logPathOf, multilineOf, timestampOf } from './log-text.ts';

const OF_ITSELF = 'Landfall keeps its checkpoints and batches by itself';

/** `/etc/awslogs/awslogs.conf`: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AgentReference.html */
export async function convertAwslogs(file: string, text: string, draft: Draft): Promise<void> {
  for (const { name, node } of readIni(file, text)) {
    const fields = new Fields(node, name, draft);
    if (name === 'general') fields.end(OF_ITSELF);
    else await convertStream(fields, draft);
  }
}

async function convertStream(fields: Fields, draft: Draft): Promise<void> {
  const path = logPathOf(fields, 'file', draft);
  const timestamp = timestampOf(fields, ['datetime_format', 'time_zone'], draft);
  const multiline = await multilineOf(fields, 'multi_line_start_pattern', {
    hasFormat: timestamp !== undefined,
    draft,
  });
  const named = (kind: 'group' | 'stream', field: string): string | undefined => {
    const name = fields.text(field);
    if (name === undefined) return undefined;
    return logNameOf(kind, name, { at: fields.at(field), what: fields.path(field), draft });
  };
  const group = named('group', 'log_group_name');
  const stream = named('stream', 'log_stream_name');
  const from = fields.text('initial_position');
  const entry: Record<string, Json> = {
    ...(path === undefined ? {} : { path }),
    ...(group === undefined ? {} : { group }),
    ...(stream === undefined || stream === '{instanceId}' ? {} : { stream }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(multiline === undefined ? {} : { multiline }),
    ...encodingOf(fields, 'encoding', draft),
    ...(from === 'end_of_file' ? { from: 'end' } : {}),
  };
  for (const name of ['buffer_duration', 'batch_count', 'batch_size', 'file_fingerprint_lines'])
    fields.leave(name, OF_ITSELF);
  fields.end();
  if (path === undefined) return;
  if (group === undefined) {
    draft.leave(fields.node, fields.path('log_group_name'), 'is missing, so the entry is left out');
    return;
  }
  if (/[*?[]/.test(path))
    fields.differs('file', 'all files that match are read, not only the one written last');
  await putLog(path, entry, fields.node, draft);
}
