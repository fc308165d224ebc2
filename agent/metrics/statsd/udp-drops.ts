import { fieldsOf, numberAt } from '../host/proc-text.ts';

/** Datagrams that the kernel dropped because nobody fetched them in time: the last column of `/proc/net/udp` and `udp6`. */
export function udpDrops(text: string, port: number): number | undefined {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  for (const line of text.split('\n')) {
    const fields = fieldsOf(line);
    if (fields[1]?.endsWith(`:${hexPort}`) && fields.length >= 13) return numberAt(fields, fields.length - 1);
  }
  return undefined;
}
