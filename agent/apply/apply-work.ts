import type { Generation, LayerFile, VouchedObjects } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import type { Outcome } from '#kit/outcome.ts';
import type { Plan, PlanAsset } from '../plan/plan.ts';
import type { ApplyStore, RenderedRegister } from './apply-store.ts';
import type { RunCommand } from './commands/command.ts';

/** One accepted generation on its way into this host. */
export interface ApplyWork {
  readonly plan: Plan;
  readonly next: Generation;
  /** What is in effect; undefined at the first one of this process. */
  readonly before: Generation | undefined;
  /** The file that a plan names; undefined when its layer has none. */
  readonly asset: (asset: PlanAsset) => LayerFile | undefined;
  /** True for keys whose value in `next` holds a secret. */
  readonly isSecret: (key: string) => boolean;
  /** The texts of all secrets in use, whole: a command may print one that no value of a key is alone. */
  readonly secretTexts: readonly string[];
  /** What the release vouches for of all that lies outside of it; absent: of nothing. */
  readonly objects?: VouchedObjects;
  readonly signal: AbortSignal;
}

/** What every step gets of the host. */
export interface ApplyHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly run: RunCommand;
  readonly store: ApplyStore;
  readonly register: RenderedRegister;
  /** Gone at reboot; mode 0755. Steps make their own folders below it, mode 0700. */
  readonly runDir: string;
  /** Effective user id; 0 is root. */
  readonly uid: number;
}

/** One thing that was changed, or would be. Names and digests; never a value. */
export interface Change {
  /** The section of the plan and the entry, such as `templates.nginx`. */
  readonly entry: string;
  /** What is changed: a path, a service, a package. */
  readonly subject: string;
  /** Such as `create`, `replace`, `remove`, `run`, `restart`. */
  readonly action: string;
  /** Why, for people, such as `content differs`. */
  readonly reason?: string;
}

/** One section of the plan. A run that finds everything as it should be changes nothing and returns no change. */
export interface ApplyStep {
  readonly name: string;
  /** What `run` would change; touches nothing. */
  preview(work: ApplyWork): Promise<Outcome<readonly Change[]>>;
  run(work: ApplyWork): Promise<Outcome<readonly Change[]>>;
}
