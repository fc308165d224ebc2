import { LandfallError } from '#kit/errors.ts';
import type { ChangeCounts } from '../daemon/configuration/configurator.ts';
import type { Moment } from '../daemon/runtime/boot-times.ts';
import { SETTINGS, type SettingName } from '../settings/catalogue.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { ApiClient } from './api-client.ts';
import type { Terminal } from '../console/terminal.ts';

/** What a command gets instead of `process`. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly cwd: string;
  readonly pid: number;
  /** Effective user id; 0 is root. */
  readonly uid: number;
  residentBytes(): number;
  moment(): Moment;
  /** When Node gave the script the word, in ms since the process was started. */
  readonly scriptAtMs: number;
  /** As kill(2): a negative pid is a process group, signal 0 only asks. @throws the errno. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
  /** From now on the memory of this process ends up in no core dump. What holds secrets calls it, before it has any. */
  keepOutOfDumps(): void;
  /** From now on memory counts more than speed: a daemon calls it, once. */
  settleDown(): void;
  /**
   * The boot is over: gives back what it needed. A daemon calls it, once.
   * @param changes counts what is judged and applied: work that comes seldom, and is not worth the memory of fast code.
   */
  tidyUp(changes: () => ChangeCounts): void;
  /** Calls `handler` on SIGTERM and SIGINT (`stop`) and SIGHUP (`refresh`) until the process ends; a second stop ends it at once. */
  onSignal(handler: (signal: 'stop' | 'refresh') => void): void;
  /**
   * From now on this process does not mind SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 and SIGWINCH, but hands them to
   * `handler`; without those that a terminal sends to the whole foreground group by itself.
   */
  relaySignals(handler: (signal: NodeJS.Signals) => void): void;
  /** execve(2), with default dispositions of signals: does not return. Absent where there is none. An error aborts the process. */
  readonly replaceProcess?: (
    file: string,
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
  ) => never;
}

/** Options every command shares, as commander hands them over. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** @throws LandfallError `LF_SETTINGS` naming every wrong setting. */
export function settingsOf(context: CliContext, flags: Flags): Settings {
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const value = flags[name];
    if (typeof value === 'string') given[name] = value;
  }
  const configFile = typeof flags['config'] === 'string' ? flags['config'] : undefined;
  const settings = loadSettings({ env: context.env, configFile, flags: given });
  if (settings.kind !== 'ok') throw new LandfallError(settings.fault);
  return settings.value;
}

export function clientOf(context: CliContext, flags: Flags): ApiClient {
  return new ApiClient(settingsOf(context, flags), context.uid);
}
