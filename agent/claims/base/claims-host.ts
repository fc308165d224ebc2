import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import type { Outcome } from '#kit/outcome.ts';
import type { AwsCalls } from '../../aws/aws-calls.ts';
import type { Plan } from '../../plan/plan.ts';

/** What claims need of the agent and of this instance. */
export interface ClaimsHost {
  readonly aws: AwsCalls;
  readonly region: string;
  /** Where this instance is; volumes live in one zone. */
  readonly zone: string;
  readonly instanceId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly run: RunTool;
  readonly store: ClaimStore;
  readonly roots: HostRoots;
  readonly movingTo: MovingTo;
}

/**
 * The instance to which `landfall-ops swap` is moving an address or a volume just now, by its id; undefined when it is free for
 * anybody. Never fails: what cannot be read keeps nobody from a claim.
 */
export type MovingTo = (id: string, signal: AbortSignal) => Promise<string | undefined>;

/** Where the kernel shows itself; elsewhere in tests only. */
export interface HostRoots {
  readonly sys: string;
  readonly dev: string;
  readonly proc: string;
  readonly run: string;
}

export const HOST_ROOTS: HostRoots = { sys: '/sys', dev: '/dev', proc: '/proc', run: '/run' };

/** One record across restarts, sealed by whoever implements it. */
export interface ClaimStore {
  load(): Promise<Uint8Array | undefined>;
  /** Durable when it resolves with ok. */
  save(bytes: Uint8Array): Promise<Outcome<void>>;
  remove(): Promise<Outcome<void>>;
}

/** A tool of the system, run to its end; never rejects. */
export type RunTool = (tool: Tool, signal: AbortSignal) => Promise<ToolResult>;

export interface Tool {
  readonly label: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface ToolResult {
  readonly end:
    | { readonly kind: 'exited'; readonly code: number }
    | { readonly kind: 'killed'; readonly signal: string }
    | { readonly kind: 'timeout'; readonly afterMs: number }
    | { readonly kind: 'stopped' }
    | { readonly kind: 'unstarted'; readonly reason: string };
  /** The end of what it wrote, both streams. */
  readonly tail: string;
}

/** The part of a generation on its way in that claims look at. */
export interface ClaimsWork {
  readonly plan: Pick<Plan, 'claims'>;
  readonly signal: AbortSignal;
}

/** One thing that was changed, or would be. */
export interface ClaimChange {
  /** `claims.address` or `claims.volumes.NAME`. */
  readonly entry: string;
  /** An address, a volume id, a path. */
  readonly subject: string;
  readonly action: 'associate' | 'release' | 'attach' | 'make-filesystem' | 'mount' | 'lost';
  readonly reason?: string;
}
