import type { PipelinesDocument } from '../daemon/telemetry/pipelines.ts';
import { oneLine } from '../console/terminal.ts';

export interface PipelineLine {
  readonly name: string;
  readonly text: string;
  readonly isWell: boolean;
}

/** What `landfall status` and `landfall doctor` say of logs and metrics; nothing where a plan asks for neither. */
export function pipelineLines({ logs, metrics, refused = {} }: PipelinesDocument): readonly PipelineLine[] {
  return [
    ...(logs && logs.entries.length + logs.waiting.length > 0 ? [logsLine(logs)] : []),
    ...(metrics ? [metricsLine(metrics)] : []),
    ...Object.entries(refused).map(([name, { code, cause }]) => {
      return { name, text: `as they were before: ${oneLine(cause)} [${code}]`, isWell: false };
    }),
  ];
}

function logsLine({
  entries,
  waiting,
  streams,
  checkpoints,
}: NonNullable<PipelinesDocument['logs']>): PipelineLine {
  const total = entries.length + waiting.length;
  const held = streams.filter(({ trouble }) => trouble !== null);
  const isHeld = (group: string, stream: string): boolean =>
    held.some((one) => one.group === group && one.stream === stream);
  const heldEntries = entries.filter(({ sources }) =>
    sources.some(({ group, stream }) => isHeld(group, stream)),
  );
  const [first] = held;
  const reason = first?.trouble ? `: ${first.trouble.kind} (${oneLine(first.trouble.code)})` : '';
  const troubles = entries.flatMap(({ entry, troubles: texts }) => texts.map((text) => `${entry}: ${text}`));
  const [trouble] = troubles;
  const parts = [
    // A stream whose name has a date is of no entry by name.
    ...(heldEntries.length > 0
      ? [`${heldEntries.length} of ${total} entries held${reason}`]
      : held.length > 0
        ? [`${held.length} of ${streams.length} streams held${reason}`]
        : []),
    ...waiting.map(({ entry, needs }) => `${oneLine(entry)} waits for ${oneLine(needs)}`),
    ...(checkpoints === 'failing' ? ['checkpoints cannot be written'] : []),
    ...(trouble === undefined
      ? []
      : [`${oneLine(trouble)}${troubles.length > 1 ? `, and ${troubles.length - 1} more` : ''}`]),
  ];
  const isWell = parts.length === 0;
  return {
    name: 'logs',
    text: isWell
      ? `${total} ${total === 1 ? 'entry' : 'entries'}, none held`
      : `${parts.join('; ')} (landfall logs status)`,
    isWell,
  };
}

function metricsLine({
  namespace,
  series,
  waitingFor,
  failing,
}: NonNullable<PipelinesDocument['metrics']>): PipelineLine {
  if (waitingFor !== null)
    return { name: 'metrics', text: `waiting for ${oneLine(waitingFor)}`, isWell: false };
  if (failing !== null)
    return { name: 'metrics', text: `failing: ${oneLine(failing)} (landfall metrics status)`, isWell: false };
  return { name: 'metrics', text: `${series} series to ${oneLine(namespace)}`, isWell: true };
}
