import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';
import type { Clock } from '#kit/clock.ts';
import { errnoOrText } from '#kit/errno.ts';
import type { Destination } from '../base/destination.ts';
import type { LogEvent } from '../base/log-event.ts';
import type { LogSource } from '../base/log-source.ts';
import type { SourceGroup, SourceListener } from '../entry/source-group.ts';
import type { EmfAddress, EmfListener } from './emf-listener.ts';

/** Documents that wait for the stream: beyond the first connections wait, beyond the second datagrams are counted as lost. */
const PAUSE_BYTES = 2 * 1024 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
/** Somebody else has the port: as long as its agent is not stopped. */
const RETRY_MS = 10_000;

/**
 * Documents of the embedded metric format that programs of this host send. They go to the entry's own group and stream: which group a
 * document names is not up to whoever can reach a port.
 */
export function emfGroup(
  name: string,
  address: EmfAddress,
  destination: Destination,
  clock: Clock,
): SourceGroup {
  let waiting: Omit<LogEvent, 'end'>[] = [];
  let bytes = 0;
  let number = 0;
  let door: EmfListener | undefined;
  let trouble: string | undefined;
  let listener: SourceListener | undefined;
  let tryAt = -Infinity;
  let opening: Promise<void> | undefined;
  let isClosed = false;

  const take = (text: string): void => {
    const at = timeOf(text, clock.now());
    const size = Buffer.byteLength(text);
    const cause = at === undefined ? 'notEmf' : bytes + size > MOST_BYTES ? 'queueFull' : undefined;
    if (at === undefined || cause !== undefined) {
      listener?.lost(source, cause ?? 'notEmf', 1, size);
      return;
    }
    waiting.push({ at, message: text, size });
    bytes += size;
    if (bytes > PAUSE_BYTES) door?.pause();
  };
  const open = async (): Promise<void> => {
    try {
      // Loaded when wanted: few plans have it.
      const { listenEmf } = await import('./emf-listener.ts');
      const made = await listenEmf(address, take, () => listener?.lost(source, 'tooLong', 1, 0));
      if (isClosed) await made.close();
      else door = made;
      trouble = undefined;
    } catch (error) {
      trouble = `emf cannot listen on ${address.host}:${address.port}: ${errnoOrText(error)}`;
      tryAt = clock.monotonic() + RETRY_MS;
    }
  };
  const source: LogSource = {
    name,
    destination,
    read: async () => {
      if (!door && !isClosed && clock.monotonic() >= tryAt)
        await (opening ??= open().finally(() => (opening = undefined)));
      const taken = waiting.map((event) => ({ ...event, end: (number += 1) }));
      waiting = [];
      bytes = 0;
      door?.resume();
      return taken;
    },
    acknowledge: () => {},
    close: async () => {},
  };
  return {
    start(told) {
      listener = told;
      told.opened(source);
    },
    troubles: () => (trouble === undefined ? [] : [trouble]),
    status: () => ({ listens: door ? `${address.host}:${door.port}` : null }),
    async close() {
      isClosed = true;
      await opening;
      await door?.close();
      door = undefined;
      // What came since the last read, when its entry leaves the plan.
      if (waiting.length > 0) listener?.lost(source, 'closed', waiting.length, bytes);
      waiting = [];
    },
  };
}

/** When it was measured, epoch ms; undefined for what is no document. CloudWatch judges what is in it. */
function timeOf(text: string, now: number): number | undefined {
  const document = jsonOf(text);
  const metadata = isRecord(document) ? document['_aws'] : undefined;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const at = 'Timestamp' in metadata ? metadata.Timestamp : undefined;
  return typeof at === 'number' && Number.isSafeInteger(at) && at > 0 ? at : now;
}
