import { fieldsOf, numberAt } from './proc-text.ts';

/** Counters of one network interface since it came up. */
export interface InterfaceCounters {
  readonly name: string;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly receiveErrors: number;
  readonly receiveDrops: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly sendErrors: number;
  readonly sendDrops: number;
}

/** `/proc/net/dev`. Old kernels leave no blank between the colon and a large number. */
export function parseNetDev(text: string): readonly InterfaceCounters[] {
  return text.split('\n').flatMap((line) => {
    const at = line.lastIndexOf(':');
    if (at === -1) return [];
    const fields = fieldsOf(line.slice(at + 1));
    if (fields.length < 16) return [];
    return {
      name: line.slice(0, at).trim(),
      receivedBytes: numberAt(fields, 0),
      receivedPackets: numberAt(fields, 1),
      receiveErrors: numberAt(fields, 2),
      receiveDrops: numberAt(fields, 3),
      sentBytes: numberAt(fields, 8),
      sentPackets: numberAt(fields, 9),
      sendErrors: numberAt(fields, 10),
      sendDrops: numberAt(fields, 11),
    };
  });
}
