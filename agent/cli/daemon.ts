import type { Command } from 'commander';
import type { Generation } from '#config-service';
import { LandfallError } from '#kit/errors.ts';
import { fail, type Outcome } from '#kit/outcome.ts';
import { createNotifier, type Notifier } from '../daemon/reporting/sd-notify.ts';
import { startDaemon } from '../daemon/daemon.ts';
import type { Settings } from '../settings/settings.ts';
import { settingsOf, type CliContext, type Flags } from './context.ts';
import { startFault } from './daemon-settings.ts';
import { hostOf } from './host.ts';
import { showPlan } from './plan.ts';
import type { Finish } from '../console/command-line.ts';
import { alignColumns, paint } from '../console/terminal.ts';

/** Below the 5 s in which a stop drains (docs/operating.md). */
const STOP_DEADLINE_MS = 4500;

export function addDaemonCommands(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('run')
    .description('the daemon: boot, then poll until stopped')
    .addHelpText(
      'after',
      '\nExample:\n  landfall run --source s3://acme-config-{region}/payroll --interval 30s',
    )
    .action(async (_options: unknown, command: Command) => {
      await run(context, command.optsWithGlobals());
      finish(0);
    });
  program
    .command('bootstrap')
    .description('boot once, apply, print a summary, exit')
    .option('--dry-run', 'print what it would change, in order, and change nothing; as `landfall plan`')
    .addHelpText(
      'after',
      '\nExample:\n  landfall bootstrap --source s3://acme-config-{region}/payroll --boot-timeout 2m',
    )
    .action((_options: unknown, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      return flags['dryRun'] === true ? showPlan(context, flags) : bootstrap(context, flags);
    });
}

async function run(context: CliContext, flags: Flags): Promise<void> {
  const settings = daemonSettings(context, flags);
  const stop = new AbortController();
  const host = hostOf(context, settings);
  const stopped = Promise.withResolvers<undefined>();
  const { env, pid } = context;
  const notifier = createNotifier({ env, pid, clock: host.clock, logger: host.logger });
  notifier.watch();
  context.keepOutOfDumps();
  context.settleDown();
  const onCheck = statusTeller(notifier);
  const starting = startDaemon({ settings, host, mode: 'run', stop: stop.signal, onCheck });
  context.onSignal((signal) => {
    if (signal === 'refresh') {
      void starting.then((daemon) => (daemon.kind === 'ok' ? daemon.value.refresh() : daemon));
      return;
    }
    host.logger.info('stopping');
    notifier.stopping();
    stop.abort();
    stopped.resolve(undefined);
  });
  const started = await starting;
  if (stop.signal.aborted && started.kind !== 'ok') return;
  if (started.kind !== 'ok') throw new LandfallError(started.fault);
  const daemon = started.value;
  const failed = daemon.booted.then((booted) => {
    if (booted.kind !== 'ok') return booted.fault;
    const { number, facts } = booted.value;
    context.tidyUp(() => daemon.changes());
    notifier.ready(`generation ${number} of ${facts.region} is active`);
    return stopped.promise;
  });
  const fault = await Promise.race([stopped.promise, failed]);
  if (!fault) await daemon.leaveIfGoing();
  await daemon.close(STOP_DEADLINE_MS);
  await notifier.close();
  if (fault) throw new LandfallError(fault);
}

/** `systemctl status` says why it is not ready, or follows nothing; told when that changes, for each telling is a process. */
function statusTeller(notifier: Notifier): (outcome: Outcome<unknown>) => void {
  let told = '';
  return (outcome) => {
    const text =
      outcome.kind === 'ok' ? 'following the source' : `${outcome.fault.code}: ${outcome.fault.cause}`;
    if (text === told) return;
    if (told !== '' || outcome.kind !== 'ok') notifier.status(text);
    told = text;
  };
}

async function bootstrap(context: CliContext, flags: Flags): Promise<void> {
  const settings = daemonSettings(context, flags);
  context.keepOutOfDumps();
  // The parts that it loads were compiled for that.
  context.settleDown();
  const host = hostOf(context, settings);
  const stop = new AbortController();
  const interrupted = Promise.withResolvers<typeof INTERRUPTED>();
  context.onSignal((signal) => {
    if (signal === 'refresh') return;
    stop.abort();
    interrupted.resolve(INTERRUPTED);
  });
  const started = await startDaemon({ settings, host, mode: 'bootstrap', stop: stop.signal });
  if (started.kind !== 'ok') throw new LandfallError(stop.signal.aborted ? INTERRUPTED.fault : started.fault);
  const daemon = started.value;
  const booted = await Promise.race([daemon.booted, interrupted.promise]);
  const status = daemon.status();
  await daemon.close(STOP_DEADLINE_MS);
  if (booted.kind !== 'ok') throw new LandfallError(booted.fault);
  if (flags['json'] === true) {
    context.terminal.out(`${JSON.stringify(status)}\n`);
    return;
  }
  context.terminal.out(summary(booted.value, context));
}

function summary({ number, effective, facts, release }: Generation, context: CliContext): string {
  const dim = (text: string): string => paint(context.terminal, 'dim', text);
  const of = release === null ? '' : `, release ${release}`;
  return alignColumns([
    [dim('region'), facts.region],
    [dim('instance'), facts.instanceId],
    [dim('role'), facts.role ?? 'none'],
    [dim('environment'), facts.environment ?? 'none'],
    [dim('generation'), `${number}, ${effective.size} keys${of}`],
  ]);
}

function daemonSettings(context: CliContext, flags: Flags): Settings {
  const settings = settingsOf(context, flags);
  const fault = startFault(settings);
  if (fault) throw new LandfallError(fault);
  return settings;
}

const INTERRUPTED = fail({
  code: 'LF_UNEXPECTED',
  operation: 'boot',
  subject: 'this instance',
  cause: 'stopped by a signal before a generation was accepted',
  hint: 'Run it again.',
});
