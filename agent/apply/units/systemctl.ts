import type { Clock } from '#kit/clock.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { judgeCommand } from '../command-fault.ts';
import type { CommandResult, RunCommand } from '../commands/command.ts';
import type { Redact } from '../redaction.ts';
import type { UnitState, UnitVerb } from './services-decision.ts';

/** One unit of systemd, asked and told through systemctl(1). */
export interface Systemctl {
  stateOf(unit: string): Promise<Outcome<UnitState>>;
  act(verb: UnitVerb, unit: string): Promise<Outcome<void>>;
}

export interface SystemctlOptions {
  readonly run: RunCommand;
  /** `PATH` at least. */
  readonly environment: Readonly<Record<string, string>>;
  /** Such as `services.nginx`, for events, logs and errors. */
  readonly label: string;
  readonly signal: AbortSignal;
  readonly redact: Redact;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * A program that cannot run is gone within this, after a start that systemd called a success: of `Type=simple` it waits for
 * the fork alone.
 */
const SETTLE_MS = 500;

/** `systemctl start` waits for the job, whose own limit is 90 s unless the unit says more. */
const TIMEOUT_MS = 10 * 60_000;

const STARTING: ReadonlySet<UnitVerb> = new Set(['start', 'restart', 'reload-or-restart']);

export function createSystemctl({
  run,
  environment,
  label,
  signal,
  redact,
  clock,
}: SystemctlOptions): Systemctl {
  const call = (...words: readonly string[]): Promise<CommandResult> =>
    run(
      {
        label,
        argv: ['systemctl', '--no-pager', ...words],
        cwd: '/',
        env: environment,
        timeoutMs: TIMEOUT_MS,
      },
      signal,
    );

  /** A unit whose file changed is otherwise started as systemd remembers it. */
  const takeNewFiles = async (unit: string): Promise<void> => {
    const { end, tail } = await call('show', '--property=NeedDaemonReload', '--value', unit);
    if (end.kind === 'exited' && end.code === 0 && tail.trim() === 'yes') await call('daemon-reload');
  };

  /** A oneshot that is done is inactive and well; what failed, or waits to be started again, is not. */
  const afterStart = async (verb: string, unit: string): Promise<Outcome<void>> => {
    await clock.sleep(SETTLE_MS, signal).catch(() => {});
    const { end, tail } = await call('show', '--property=ActiveState,SubState', unit);
    if (end.kind !== 'exited' || !/^(?:ActiveState=failed|SubState=auto-restart\S*)$/m.test(tail))
      return ok(undefined);
    return fail({
      code: 'LF_SERVICE',
      operation: verb,
      subject: label,
      cause: `systemctl ${verb} ${unit} ended well, and ${SETTLE_MS} ms later the unit had failed`,
      hint: `See journalctl -u ${unit} -n 50.`,
    });
  };

  return {
    stateOf: async (unit) => {
      const active = await call('is-active', unit);
      if (active.end.kind !== 'exited') return refused(active, { label, verb: 'is-active', unit, redact });
      const enabled = await call('is-enabled', unit);
      if (enabled.end.kind !== 'exited') return refused(enabled, { label, verb: 'is-enabled', unit, redact });
      const isFixed = /^(?:static|indirect|generated|alias|transient)\s*$/m.test(enabled.tail);
      const setting = enabled.end.code !== 0 ? 'disabled' : isFixed ? 'fixed' : 'enabled';
      return ok({ isActive: active.end.code === 0, setting });
    },
    act: async (verb, unit) => {
      if (verb !== 'enable' && verb !== 'disable' && verb !== 'stop') await takeNewFiles(unit);
      const result = await call(verb, unit);
      const { end } = result;
      if (end.kind !== 'exited' || end.code !== 0) return refused(result, { label, verb, unit, redact });
      return STARTING.has(verb) ? afterStart(verb, unit) : ok(undefined);
    },
  };
}

interface Asked {
  readonly label: string;
  readonly verb: string;
  readonly unit: string;
  readonly redact: Redact;
}

function refused(result: CommandResult, { label, verb, unit, redact }: Asked): Outcome<never> {
  const judged = judgeCommand(label, result, 'LF_SERVICE', redact);
  if (judged.kind === 'retry') return judged;
  const { end } = result;
  const hint =
    end.kind === 'unstarted'
      ? 'Services are driven through systemd: this host needs it, and PATH has to find systemctl.'
      : `See journalctl -u ${unit} -n 50.`;
  const cause = judged.kind === 'fail' ? judged.fault.cause : 'exit code 0';
  return fail({
    code: 'LF_SERVICE',
    operation: verb,
    subject: label,
    cause: `systemctl ${verb} ${unit}: ${cause}`,
    hint,
  });
}
