/** Data points by what became of them. `taken` = sent + dropped by cause + what is still queued or spooled. */
export interface DeliveryCounts {
  taken: number;
  sent: number;
  requests: number;
  failedRequests: number;
  dropped: {
    /** CloudWatch refused it, alone. */
    quarantined: number;
    /** Older than two weeks when its turn came, or more than two hours ahead. */
    outOfRange: number;
    /** No room, in memory or on disk: the oldest go. */
    overflow: number;
    /** A record of the spool could not be read back. */
    unreadable: number;
    /** The agent ended and there was no spool. */
    stopped: number;
  };
}

export function newDeliveryCounts(): DeliveryCounts {
  return {
    taken: 0,
    sent: 0,
    requests: 0,
    failedRequests: 0,
    dropped: { quarantined: 0, outOfRange: 0, overflow: 0, unreadable: 0, stopped: 0 },
  };
}
