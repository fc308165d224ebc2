import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createScriptsStep } from '#agent/apply/steps/scripts-step.ts';
import {
  openCommandHost,
  scriptOf,
  workOf,
  type CommandHost,
  type WorkParts,
} from '../support/command-host.ts';
import { memoryFleet } from '../support/memory-fleet.ts';

/** Appends its name to the file `log` of the host. */
const noting = ({ folder }: CommandHost, name: string): string => `#!/bin/sh\necho ${name} >>${folder}/log\n`;

async function apply(commands: CommandHost, parts: WorkParts) {
  return await createScriptsStep(
    commands.host,
    commands.launch,
    memoryFleet().parts(commands.host.clock),
  ).run(workOf(parts));
}

it('scripts run in the order of the plan, once per instance and content', async () => {
  await using commands = await openCommandHost();
  const scripts = [scriptOf('20-b'), scriptOf('10-a')];
  const assets = { 'base/20-b.sh': noting(commands, 'b'), 'base/10-a.sh': noting(commands, 'a') };
  expect(await apply(commands, { scripts, assets })).toEqual({
    kind: 'ok',
    value: [
      { entry: 'scripts.20-b', subject: 'base/20-b.sh', action: 'run', reason: 'did not run yet' },
      { entry: 'scripts.10-a', subject: 'base/10-a.sh', action: 'run', reason: 'did not run yet' },
    ],
  });
  expect(await apply(commands, { scripts, assets })).toEqual({ kind: 'ok', value: [] });
  const changed = { ...assets, 'base/10-a.sh': noting(commands, 'a2') };
  expect(await apply(commands, { scripts, assets: changed })).toMatchObject({
    value: [{ entry: 'scripts.10-a', reason: 'content differs' }],
  });
  expect(await apply(commands, { scripts, assets })).toEqual({ kind: 'ok', value: [] });
  expect(await commands.text('log')).toBe('b\na\na2');
});

it('a script that says `always` runs at each application', async () => {
  await using commands = await openCommandHost();
  const parts = {
    scripts: [scriptOf('a', { when: 'always' })],
    assets: { 'base/a.sh': noting(commands, 'a') },
  };
  await apply(commands, parts);
  expect(await apply(commands, parts)).toMatchObject({ kind: 'ok', value: [{ reason: 'runs each time' }] });
  expect(await commands.text('log')).toBe('a\na');
});

it('a failure ends the step; it and those after it run again, those before do not', async () => {
  await using commands = await openCommandHost();
  const scripts = [scriptOf('a'), scriptOf('b'), scriptOf('c')];
  const assets = {
    'base/a.sh': noting(commands, 'a'),
    'base/b.sh': `${noting(commands, 'b')}echo no database >&2\n[ -e ${commands.folder}/go ] || exit 3`,
    'base/c.sh': noting(commands, 'c'),
  };
  expect(await apply(commands, { scripts, assets })).toMatchObject({
    kind: 'fail',
    fault: {
      code: 'LF_APPLY_SCRIPT',
      subject: 'scripts.b',
      cause: 'exit code 3; its output ended: no database',
    },
  });
  expect(await commands.text('log')).toBe('a\nb');
  await writeFile(`${commands.folder}/go`, '');
  expect(await apply(commands, { scripts, assets })).toMatchObject({ kind: 'ok' });
  expect(await commands.text('log')).toBe('a\nb\nb\nc');
});

it('with continueOnError a failure is done with, until the content changes', async () => {
  await using commands = await openCommandHost();
  const scripts = [scriptOf('a', { continueOnError: true }), scriptOf('b')];
  const assets = { 'base/a.sh': `${noting(commands, 'a')}exit 1`, 'base/b.sh': noting(commands, 'b') };
  expect(await apply(commands, { scripts, assets })).toMatchObject({ kind: 'ok' });
  expect(await apply(commands, { scripts, assets })).toEqual({ kind: 'ok', value: [] });
  expect(await commands.text('log')).toBe('a\nb');
});

it('the stop of the agent is no failure of the script, which runs again', async () => {
  await using commands = await openCommandHost();
  const scripts = [scriptOf('a', { continueOnError: true })];
  const assets = { 'base/a.sh': noting(commands, 'a') };
  const stopped = await apply(commands, { scripts, assets, signal: AbortSignal.abort() });
  expect(stopped).toMatchObject({ kind: 'retry', fault: { code: 'LF_INTERRUPTED' } });
  expect(await apply(commands, { scripts, assets })).toMatchObject({ value: [{ entry: 'scripts.a' }] });
});

it('the preview says what would run, in order, and runs nothing', async () => {
  await using commands = await openCommandHost();
  const parts = {
    scripts: [scriptOf('b'), scriptOf('a')],
    assets: { 'base/b.sh': noting(commands, 'b'), 'base/a.sh': noting(commands, 'a') },
  };
  const step = createScriptsStep(commands.host, commands.launch, memoryFleet().parts(commands.host.clock));
  const preview = await step.preview(workOf(parts));
  expect(await commands.text('log')).toBe('');
  expect(preview).toEqual(await step.run(workOf(parts)));
  expect(await step.preview(workOf(parts))).toEqual({ kind: 'ok', value: [] });
});

it('a secret is not in the error of a script that printed it, not even its end', async () => {
  await using commands = await openCommandHost();
  const secret = 'correct-horse-battery-staple';
  const scripts = [scriptOf('a')];
  const assets = {
    'base/a.sh': `printf %s "$DB_USER $(sed 's/.*"db.password":"//; s/".*//' $LANDFALL_PROPERTIES)"; exit 1`,
  };
  const properties = { 'db.user': 'app', 'db.password': secret };
  const outcome = await apply(commands, { scripts, assets, properties, secrets: ['db.password'] });
  expect(outcome).toMatchObject({ fault: { cause: 'exit code 1; its output ended: app [redacted]' } });
});

it('a script whose file is missing fails before anything runs', async () => {
  await using commands = await openCommandHost();
  expect(await apply(commands, { scripts: [scriptOf('a')] })).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_APPLY_SCRIPT', cause: 'base/a.sh is not there' },
  });
});

it.each([
  ['no interpreter is for sh', 'echo $0 | sed "s/.*command-[^/]*/at/"', 'at/script'],
  ['the interpreter and its one argument', '#! /bin/sh -e -u\necho never', undefined],
  ['the interpreter of the first line', '#!/usr/bin/env bash\necho "${BASH_VERSION:+bash}"', 'bash'],
])('a script is run through its interpreter, not executed: %s', async (_name, content, printed) => {
  await using commands = await openCommandHost();
  const outcome = await apply(commands, { scripts: [scriptOf('a')], assets: { 'base/a.sh': content } });
  expect(outcome.kind).toBe(printed === undefined ? 'fail' : 'ok');
  if (printed !== undefined) expect(commands.output).toEqual([`scripts.a stdout ${printed}`]);
});
