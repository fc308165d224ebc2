/** By the numbers of `enum` in include/net/tcp_states.h, in the words of the CloudWatch agent. */
const STATES = [
  'none',
  'established',
  'syn_sent',
  'syn_recv',
  'fin_wait1',
  'fin_wait2',
  'time_wait',
  'close',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
] as const;
export type TcpState = (typeof STATES)[number];

/** Sockets by state, out of `/proc/net/tcp` and `tcp6`; every state is there. */
export function countTcpStates(texts: readonly string[]): ReadonlyMap<TcpState, number> {
  const counts = new Map<TcpState, number>(STATES.map((state) => [state, 0]));
  for (const text of texts) {
    for (const [, hex = ''] of text.matchAll(/^\s*\d+: \S+ \S+ ([0-9A-F]{2}) /gm)) {
      const state = STATES[Number.parseInt(hex, 16)] ?? 'none';
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
  }
  return counts;
}

/** Sockets in `/proc/net/udp` and `udp6`. */
export function countSockets(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + [...text.matchAll(/^\s*\d+: /gm)].length, 0);
}
