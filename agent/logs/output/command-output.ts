import type { SealedRecords } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Destination } from '../base/destination.ts';
import type { LogSource } from '../base/log-source.ts';
import { splitMessage } from '../base/message-parts.ts';
import type { RecordFormat } from '../base/record-format.ts';
import type { SourceGroup, SourceListener } from '../entry/source-group.ts';
import { OutputSource } from './output-source.ts';
import { OutputSpool } from './output-spool.ts';

/** Where scripts and hooks leave what they print: it is taken at once, and never waits for a network. */
export interface CommandOutput {
  /** `label` is the script or hook, as `scripts.10-base`. */
  write(label: string, stream: 'stdout' | 'stderr', line: string): void;
  /** One at a time: the entry of the plan that ships it. */
  group(name: string, destination: Destination, format?: RecordFormat): SourceGroup;
  /** An entry will want it, if its plan comes into effect: what comes is kept again. */
  want(): void;
  /** No entry wants it. What is kept is thrown away, and so is what comes. */
  discard(): Promise<void>;
  save(): Promise<void>;
  /** Resolves when nothing that was acknowledged by now can come again. */
  keep(): Promise<void>;
}

/**
 * Boot prints before the plan has been read: until then all is kept. `store` outlives the process; without one (no signature
 * to seal with, law 3) output that was not shipped ends with it.
 */
export function createCommandOutput(store: SealedRecords | undefined, clock: Clock): CommandOutput {
  const spool = new OutputSpool(store, clock);
  let wanted = true;
  let listening: { readonly listener: SourceListener; readonly source: LogSource } | undefined;

  /** What nobody hears of is kept as well: the daemon that comes after a bootstrap counts it. */
  const tellDropped = async (): Promise<void> => {
    if (!listening) return;
    const { listener, source } = listening;
    const { events, bytes } = await spool.takeDropped();
    if (events > 0) listener.lost(source, 'spoolFull', events, bytes);
  };

  return {
    write: (label, stream, line) => {
      if (!wanted || line === '') return;
      for (const part of splitMessage(line)) {
        if (!spool.add({ at: clock.now(), ...part, label, stream })) void tellDropped();
      }
    },
    group: (name, destination, format = 'auto') => {
      wanted = true;
      const source = new OutputSource(name, destination, spool, format);
      return {
        start: (listener) => {
          listener.opened(source);
          listening = { listener, source };
          void tellDropped();
        },
        close: () => {
          if (listening?.source === source) listening = undefined;
          return Promise.resolve();
        },
      };
    },
    want: () => void (wanted = true),
    discard: () => {
      wanted = false;
      return spool.clear();
    },
    save: () => spool.save(),
    keep: () => spool.removed(),
  };
}
