/**
 * How long one look at EC2 is good for. In a file of its own: the daemon paces itself by it, and the claims are loaded only when a
 * plan has some.
 */
export const CLAIM_LEASE_MS = 15 * 60_000;
