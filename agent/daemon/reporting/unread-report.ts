import type { LayerContent } from '#config-service';
import { describeProblem, type Problem } from '#kit/errors.ts';
import type { Logger } from '#kit/logger.ts';
import { unreadFiles } from '../../plan/unread-files.ts';

export interface UnreadSubjects {
  readonly logger: Logger;
  readonly order: readonly string[];
  /** Without what their plans name; undefined before the first fetch. */
  readonly properties: () => readonly LayerContent[] | undefined;
  readonly others: () => readonly string[] | undefined;
}

/** Files at the source that nobody reads, looked for when they change and told once. */
export interface UnreadReport {
  readonly list: readonly Problem[];
  /** After a check. */
  look(): void;
}

export function createUnreadReport({ logger, order, properties, others }: UnreadSubjects): UnreadReport {
  let seen: { readonly layers: readonly LayerContent[] | undefined; readonly others: string } | undefined;
  let list: readonly Problem[] = [];
  let told = '';
  return {
    get list() {
      return list;
    },
    look() {
      const [layers, beside] = [properties(), others()];
      const named = (beside ?? []).join('\n');
      if (seen && seen.layers === layers && seen.others === named) return;
      seen = { layers, others: named };
      list = unreadFiles(layers ?? [], beside, order);
      const files = list.map(describeProblem);
      if (files.join('\n') === told) return;
      told = files.join('\n');
      if (files.length > 0) logger.warn('files that nobody reads', { files: files.slice(0, 20) });
    },
  };
}
