import type { SealedRecords } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Destination } from '../destination.ts';
import type { LogSource } from '../log-source.ts';
import { splitMessage } from '../message-parts.ts';
import type { SourceGroup, SourceListener } from '../source-group.ts';
import { OutputSource } from './output-source.ts';
import { OutputSpool } from './output-spool.ts';

/** Where scripts and hooks leave what they print: it is taken at once, and never waits for a network. */
export interface CommandOutput {
  /** `label` is the script or hook, as `scripts.10-base`. */
  write(label: string, stream: 'stdout' | 'stderr', line: string): void;
  /** One at a time: the entry of the plan that ships it. */
  group(name: string, destination: Destination): SourceGroup;
  /** No entry wants it. What is kept is thrown away, and so is what comes. */
  discard(): void;
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
  let unheard = { events: 0, bytes: 0 };

  const drop = (size: number): void => {
    if (listening) listening.listener.lost(listening.source, 'spoolFull', 1, size);
    else unheard = { events: unheard.events + 1, bytes: unheard.bytes + size };
  };

  return {
    write: (label, stream, line) => {
      if (!wanted || line === '') return;
      const head = stream === 'stderr' ? `${label} stderr: ` : `${label}: `;
      for (const part of splitMessage(head + line)) {
        if (!spool.add({ at: clock.now(), ...part })) drop(part.size);
      }
    },
    group: (name, destination) => {
      wanted = true;
      const source = new OutputSource(name, destination, spool);
      return {
        start: (listener) => {
          listener.opened(source);
          listening = { listener, source };
          if (unheard.events > 0) listener.lost(source, 'spoolFull', unheard.events, unheard.bytes);
          unheard = { events: 0, bytes: 0 };
        },
        close: () => {
          if (listening?.source === source) listening = undefined;
          return Promise.resolve();
        },
      };
    },
    discard: () => {
      wanted = false;
      void spool.clear();
    },
    save: () => spool.save(),
    keep: () => spool.removed(),
  };
}
