import type { Command } from 'commander';
import { LandfallError, type Fault } from '#kit/errors.ts';
import { clientOf, type CliContext } from './context.ts';
import { oneLine } from '../console/terminal.ts';

interface WatchEvent {
  readonly id: number;
  readonly kind: string;
  /** When, and what the agent says of it: names, codes and digests. */
  readonly data: Readonly<Record<string, unknown>> & { readonly at: string };
}

/** The agent sends a heartbeat each 15 s. */
const SILENCE_MS = 60_000;

export function addWatchCommand(program: Command, context: CliContext): void {
  program
    .command('watch')
    .argument('[key]', 'only changes of this key')
    .description('one line a change, until stopped')
    .addHelpText('after', '\nExample:\n  landfall watch db.host')
    .action(async (key: string | undefined, _options: unknown, command: Command) => {
      const flags = command.optsWithGlobals();
      const client = clientOf(context, flags);
      const events = { path: '/v1/events', accept: 'text/event-stream', timeoutMs: SILENCE_MS };
      const stream = await client.open(events);
      const stopped = new Promise<undefined>((resolve) => {
        context.onSignal(() => {
          resolve(undefined);
          stream.destroy();
        });
      });
      const over = printChanges(stream, key, flags['json'] === true, context).then(
        () => 'it closed the stream',
        (error: unknown) => `the stream broke (${error instanceof Error ? error.message : String(error)})`,
      );
      const cause = await Promise.race([over, stopped]);
      if (cause !== undefined) throw new LandfallError(streamFault(cause));
    });
}

async function printChanges(
  stream: AsyncIterable<string>,
  key: string | undefined,
  json: boolean,
  context: CliContext,
): Promise<void> {
  let pending = '';
  for await (const chunk of stream) {
    pending += chunk;
    const blocks = pending.split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event && (key === undefined || touches(event, key))) {
        context.terminal.out(`${json ? jsonLine(event) : line(event)}\n`);
      }
    }
  }
}

function streamFault(cause: string): Fault {
  const hint = 'It may have been restarted; watch again.';
  return { code: 'LF_AGENT_NOT_RUNNING', operation: 'watch', subject: 'the agent', cause, hint };
}

/** One block of a server-sent event stream; undefined for a comment, a heartbeat or a `retry`. */
function parseBlock(block: string): WatchEvent | undefined {
  const field = (name: string): string | undefined =>
    block
      .split('\n')
      .find((text) => text.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field('data');
  if (data === undefined) return undefined;
  return {
    id: Number(field('id')),
    kind: field('event') ?? 'message',
    data: JSON.parse(data) as WatchEvent['data'],
  };
}

function touches(event: WatchEvent, key: string): boolean {
  const keys = event.data['keys'];
  return Array.isArray(keys) && keys.includes(key);
}

function jsonLine({ id, kind, data: { at, ...data } }: WatchEvent): string {
  return JSON.stringify({ id, at, kind, data });
}

function line({ kind, data: { at, ...data } }: WatchEvent): string {
  const details = Object.entries(data).map(([name, value]) => {
    return `${name}=${oneLine(areTexts(value) ? value.join(',') : value)}`;
  });
  return [at, kind, ...details].join('  ');
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
