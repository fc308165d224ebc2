import { jsonOf } from '#kit/json-text.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { isJsonObject, type JsonObject } from '../../plan/json.ts';
import { argvOf, capture, finished, runChild, succeeded } from './child.ts';
import { readAttributes, type CommandAttributes, type CommandEntry, type Line } from './command-entry.ts';
import { createReport } from './fields.ts';
import { INIT_TIMEOUTS } from './limits.ts';
import { triggerOf } from './service-entry.ts';
import { initFault, placeOf, progressKey, type ConfigRun, type Section, type Task } from './task.ts';

/**
 * Commands, by name. One with a `test` is run whenever the test exits with 0, as with cfn-init; one without is done once
 * for its config as written, for this runs again with every generation and cfn-init does not.
 */
export const commands: Section = async function* (run) {
  for (const entry of run.config.commands) {
    const hasTest = isTested(entry.attributes);
    const key = progressKey(run, 'commands', entry.name);
    if (!hasTest && run.progress.isDone(key, run.config.digest)) continue;
    if (run.preview) {
      yield ok(running(run, entry.name, hasTest ? 'if its test exits with 0' : 'not done yet', unpreviewed));
      continue;
    }
    const attributes = await wholeAttributes(run, entry);
    if (attributes.kind !== 'ok') {
      yield attributes;
      continue;
    }
    const wanted = await passesTest(run, entry.name, attributes.value);
    if (wanted.kind !== 'ok') yield wanted;
    else if (wanted.value) {
      yield ok(running(run, entry.name, 'not done yet', () => execute(run, entry.name, attributes.value)));
    }
  }
};

function running(run: ConfigRun, name: string, reason: string, act: Task['act']): Task {
  return {
    changes: [{ subject: `command ${run.config.name}/${name}`, action: 'run', reason }],
    triggers: [triggerOf('commands', name)],
    act,
  };
}

function unpreviewed(): Promise<Outcome<void>> {
  return Promise.reject(new Error('a preview runs no command'));
}

async function execute(run: ConfigRun, name: string, attributes: CommandAttributes): Promise<Outcome<void>> {
  const place = placeOf(run, 'commands', name);
  const options = optionsOf(run, attributes);
  const user = attributes.user === undefined ? {} : { user: attributes.user };
  const result = await runChild(run, place, argvOf(attributes.command), { ...options, ...user });
  const done = succeeded(run, place, 'the command', result);
  if (done.kind === 'retry') return done;
  if (done.kind === 'fail' && !attributes.ignoreErrors) return done;
  if (done.kind === 'fail')
    run.host.logger.warn('an init command failed and may', { place, end: result.end.kind });
  if (attributes.test !== undefined) return ok(undefined);
  return run.progress.finish(progressKey(run, 'commands', name), run.config.digest);
}

async function passesTest(
  run: ConfigRun,
  name: string,
  attributes: CommandAttributes,
): Promise<Outcome<boolean>> {
  const { test } = attributes;
  if (test === undefined) return ok(true);
  const place = placeOf(run, 'commands', `${name}/test`);
  const result = await runChild(run, place, argvOf(test), optionsOf(run, attributes));
  const code = finished(run, place, 'the test', result);
  return code.kind === 'ok' ? ok(code.value === 0) : code;
}

/** What `defaults` prints, under what is written. */
async function wholeAttributes(run: ConfigRun, entry: CommandEntry): Promise<Outcome<CommandAttributes>> {
  const place = placeOf(run, 'commands', entry.name);
  const defaults =
    entry.defaults === undefined ? ok({}) : await defaultsOf(run, `${place}/defaults`, entry.defaults);
  if (defaults.kind !== 'ok') return defaults;
  const { report, problems } = createReport(place);
  const attributes = readAttributes(over(defaults.value, entry.attributes), place, report);
  if (attributes !== undefined && problems.length === 0) return ok(attributes);
  const cause = problems.map(({ message }) => message).join('; ');
  return initFault(place, cause, 'Let the defaults print what the document leaves out.');
}

/** Merges two environments variable by variable, as cfn-init does. */
function over(defaults: JsonObject, written: JsonObject): JsonObject {
  const attributes = { ...defaults, ...written };
  const [weaker, stronger] = [defaults['env'], written['env']];
  if (!isJsonObject(weaker) || !isJsonObject(stronger)) return attributes;
  return { ...attributes, env: { ...weaker, ...stronger } };
}

async function defaultsOf(run: ConfigRun, place: string, line: Line): Promise<Outcome<JsonObject>> {
  const found = await capture(run, place, line, { timeoutMs: INIT_TIMEOUTS.command });
  if (found.kind !== 'ok') return found;
  const ended = succeeded(run, place, 'the defaults', found.value.result);
  if (ended.kind !== 'ok') return ended;
  const parsed = jsonOf(found.value.output);
  if (isJsonObject(parsed)) return ok(parsed);
  return initFault(
    place,
    'the defaults printed no JSON object',
    'Print {"env": {...}} or the like and nothing else.',
  );
}

/**
 * `env` replaces the whole environment, as with cfn-init, but for the PATH without which nothing is found, the facts, and HOME and
 * the like, which the runner adds.
 */
function optionsOf(run: ConfigRun, { env, cwd }: CommandAttributes) {
  const { PATH = '', HOME = '/root' } = run.environment;
  return {
    timeoutMs: INIT_TIMEOUTS.command,
    ...(env !== undefined && { environment: { PATH, ...env, ...run.facts } }),
    ...(cwd !== undefined && { cwd: cwd.replace(/^~(?=\/|$)/, HOME) }),
  };
}

function isTested(attributes: JsonObject): boolean {
  return attributes['test'] !== undefined && attributes['test'] !== null;
}
