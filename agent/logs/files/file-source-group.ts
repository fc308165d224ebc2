import type { SourceGroup } from '../source-group.ts';
import type { FileSource } from './file-source.ts';
import type { CountLoss } from './losses.ts';

/**
 * An entry of files as a group: its one source lasts as long as the entry, whatever files come and go.
 * @param open makes the source; what it says is lost is counted in its ledger.
 */
export function createFileSourceGroup(open: (lost: CountLoss) => FileSource): SourceGroup {
  return {
    start: (listener) => {
      const source: FileSource = open((cause, bytes) => listener.lost(source, cause, 0, bytes));
      listener.opened(source);
    },
    // The listener closes what was opened.
    close: async () => {},
  };
}
