/** What the API has done and holds, for `/metrics`. The counters only grow; `waiting` and `subscribers` are of this moment. */
export interface ApiCounts {
  requests: number;
  /** Proxied, rebound, scripted, oversized. */
  refused: number;
  /** Writes without a valid token. */
  unauthorized: number;
  /** Requests whose handling threw. */
  failed: number;
  waiting: number;
  /** Blocking queries, event streams and connections turned away because too many were open. */
  turnedAway: number;
  /** Connections, blocking queries and event streams that were ended for newcomers because all places were taken. */
  madeRoom: number;
  subscribers: number;
  /** Event streams cut because the client did not keep up. */
  dropped: number;
}

export function newApiCounts(): ApiCounts {
  return {
    requests: 0,
    refused: 0,
    unauthorized: 0,
    failed: 0,
    waiting: 0,
    turnedAway: 0,
    madeRoom: 0,
    subscribers: 0,
    dropped: 0,
  };
}
