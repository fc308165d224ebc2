import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readlink, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createDeploymentStep } from '#agent/apply/steps/deployment-step.ts';
import { openCommandHost, workOf, type CommandHost } from '../support/command-host.ts';
import { deployedIn, deployHooks, deployProperties, fetchFrom, packVersion } from '../support/deploying.ts';

function stepOf({ folder, host, hooks, runnerFor }: CommandHost) {
  return createDeploymentStep(host, hooks, { fetchArtefact: fetchFrom(folder), runnerFor });
}

async function deploy(commands: CommandHost, version: string, more: Readonly<Record<string, string>> = {}) {
  const sha256 = await packVersion(commands.folder, version);
  return await apply(commands, deployProperties(commands.folder, version, sha256, more));
}

async function apply(commands: CommandHost, properties: Readonly<Record<string, string>>) {
  return await stepOf(commands).run(workOf({ properties, hooks: deployHooks(commands.folder) }));
}

it('a version is fetched, unpacked and current before its hooks run; a second time nothing happens', async () => {
  await using commands = await openCommandHost();
  const { folder } = commands;
  expect(await deploy(commands, '1.0')).toEqual({
    kind: 'ok',
    value: [{ entry: 'deploy', subject: `${folder}/srv/current`, action: 'deploy', reason: 'to be 1.0' }],
  });
  expect(await deployedIn(folder)).toBe('1.0');
  expect(await deploy(commands, '1.0')).toEqual({ kind: 'ok', value: [] });
  expect(await deploy(commands, '1.1')).toMatchObject({ kind: 'ok' });
  expect(await commands.text('log')).toBe('deploy 1.0 after none\ndeploy 1.1 after 1.0');
  expect(await readdir(`${folder}/srv/versions`)).toEqual(['1.0', '1.1']);
});

it('a version that is kept is taken from the disk, older ones go', async () => {
  await using commands = await openCommandHost();
  for (const version of ['1', '2', '3', '4']) await deploy(commands, version);
  expect(await readdir(`${commands.folder}/srv/versions`)).toEqual(['2', '3', '4']);
  const sha256 = await packVersion(commands.folder, '2');
  const properties = deployProperties(commands.folder, '2', sha256, { artefact: 'is-gone', keep: '2' });
  expect(await apply(commands, properties)).toMatchObject({ kind: 'ok' });
  expect(await deployedIn(commands.folder)).toBe('2');
  expect(await readdir(`${commands.folder}/srv/versions`)).toEqual(['2', '4']);
});

it('when the hooks fail the version of before is current again, and its hooks run', async () => {
  await using commands = await openCommandHost();
  await deploy(commands, '1');
  await writeFile(`${commands.folder}/fail-2`, '');
  expect(await deploy(commands, '2')).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_DEPLOY', subject: '2', cause: 'exit code 1; 1 is back' },
  });
  expect(await deployedIn(commands.folder)).toBe('1');
  expect(await commands.text('log')).toBe('deploy 1 after none\ndeploy 2 after 1\ndeploy 1 after 2');
  expect(await deploy(commands, '1')).toEqual({ kind: 'ok', value: [] });
});

it('a first version whose hooks fail leaves nothing', async () => {
  await using commands = await openCommandHost();
  await writeFile(`${commands.folder}/fail-1`, '');
  expect(await deploy(commands, '1')).toMatchObject({ kind: 'fail' });
  expect(await deployedIn(commands.folder)).toBeUndefined();
  expect(await readdir(`${commands.folder}/srv/versions`)).toEqual([]);
});

it('without the property the undeploy hooks run, and then the link goes', async () => {
  await using commands = await openCommandHost();
  await deploy(commands, '1');
  expect(await apply(commands, {})).toMatchObject({ kind: 'ok', value: [{ action: 'undeploy' }] });
  expect(await deployedIn(commands.folder)).toBeUndefined();
  expect(await commands.text('log')).toBe('deploy 1 after none\nundeploy 1 after none');
  expect(await apply(commands, {})).toEqual({ kind: 'ok', value: [] });
});

it('another directory is an undeploy in the old one and a deploy in the new one', async () => {
  await using commands = await openCommandHost();
  const directory = `${commands.folder}/old/place`;
  await deploy(commands, '1', { directory });
  expect(await deploy(commands, '1')).toMatchObject({ kind: 'ok' });
  expect(await readdir(directory)).toEqual(['versions']);
  expect(await readdir(`${directory}/versions`)).toEqual([]);
  expect(await deployedIn(commands.folder)).toBe('1');
});

it('the preview says what would be done and does nothing', async () => {
  await using commands = await openCommandHost();
  const properties = deployProperties(commands.folder, '1', 'a'.repeat(64));
  const preview = await stepOf(commands).preview(workOf({ properties }));
  expect(preview).toMatchObject({ kind: 'ok', value: [{ action: 'deploy', reason: 'to be 1' }] });
  expect(await readdir(commands.folder)).toEqual([]);
});

it('what a copied image brought along under that name is replaced', async () => {
  await using commands = await openCommandHost();
  await mkdir(`${commands.folder}/srv/versions/1/lib`, { recursive: true });
  await writeFile(`${commands.folder}/srv/versions/1/lib/0`, 'of another region');
  await symlink('versions/1', `${commands.folder}/srv/current`);
  expect(await deploy(commands, '1')).toMatchObject({ kind: 'ok' });
  expect(await deployedIn(commands.folder)).toBe('1');
});

it('a link that somebody moved is put right', async () => {
  await using commands = await openCommandHost();
  await deploy(commands, '1');
  await deploy(commands, '2');
  await unlink(`${commands.folder}/srv/current`);
  expect(await deploy(commands, '2')).toMatchObject({ kind: 'ok', value: [{}] });
  expect(await readlink(`${commands.folder}/srv/current`)).toBe('versions/2');
});

it.each([['app, bin/x'], ['["app"]'], ['']])('keeps setuid for what %j names', async (setuid) => {
  await using commands = await openCommandHost();
  const { folder } = commands;
  execFileSync('/bin/sh', ['-c', ': >app; chmod 4755 app; tar -cf x.tar app'], { cwd: folder });
  const digest = execFileSync('sha256sum', [`${folder}/x.tar`], { encoding: 'utf8' }).slice(0, 64);
  const properties = deployProperties(folder, '1', digest, { artefact: 'x.tar', setuid });
  await stepOf(commands).run(workOf({ properties }));
  const { mode } = await stat(`${folder}/srv/versions/1/app`);
  expect((mode & 0o7777).toString(8)).toBe(setuid === '' ? '755' : '4755');
});

describe('what is refused, with nothing changed', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a version that is a path', { version: '../evil' }, 'LF_DEPLOY'],
    ['no artefact', { artefact: '' }, 'LF_DEPLOY'],
    ['no digest', { sha256: '' }, 'LF_DEPLOY'],
    ['a wrong digest', { sha256: 'a'.repeat(64) }, 'LF_DEPLOY'],
    ['an artefact that is not there', { artefact: 'gone' }, 'LF_OBJECT_MISSING'],
    ['a directory with dots in it', { directory: '/srv/../etc' }, 'LF_DEPLOY'],
    ['the root', { directory: '/' }, 'LF_DEPLOY'],
    ['keep 0', { keep: '0' }, 'LF_DEPLOY'],
    ['setuid for a path that climbs', { setuid: 'bin/ping, ../etc/passwd' }, 'LF_DEPLOY'],
    ['setuid for an absolute path', { setuid: '["/bin/ping"]' }, 'LF_DEPLOY'],
    ['setuid for what is no list', { setuid: '[bin//' }, 'LF_DEPLOY'],
  ])('%s', async (_name, more, code) => {
    await using commands = await openCommandHost();
    await deploy(commands, '1');
    expect(await deploy(commands, '2', more)).toMatchObject({ kind: 'fail', fault: { code } });
    expect(await deployedIn(commands.folder)).toBe('1');
    expect(await readdir(`${commands.folder}/srv/versions`)).toEqual(['1']);
  });

  it('another content under the name of a version that is kept', async () => {
    await using commands = await openCommandHost();
    await deploy(commands, '1');
    expect(await deploy(commands, '1', { sha256: 'b'.repeat(64) })).toMatchObject({
      fault: { code: 'LF_DEPLOY', cause: 'it was deployed here with another digest' },
    });
  });

  it('a `current` that is no link', async () => {
    await using commands = await openCommandHost();
    await mkdir(`${commands.folder}/srv/current`, { recursive: true });
    expect(await deploy(commands, '1')).toMatchObject({
      fault: { code: 'LF_DEPLOY', cause: 'it is no link' },
    });
  });

  it.each<[string, string]>([
    ['a name that climbs', 'tar -czPf x.tar.gz ../outside'],
    ['an absolute name', 'tar -czPf x.tar.gz "$PWD/../outside"'],
    ['a link that leads out', 'ln -s ../../outside l; tar -czf x.tar.gz l'],
    ['an absolute link', 'ln -s /etc l; tar -czf x.tar.gz l'],
    [
      'a file behind a link that leads out',
      'mkdir l; : >l/f; tar -cf x.tar l/f; rm -r l; ln -s /tmp l; tar -cf y.tar l; tar -Af y.tar x.tar; gzip <y.tar >x.tar.gz',
    ],
    ['a pipe', 'mkfifo p; tar -czf x.tar.gz p'],
    ['no tar at all', 'echo hello >x.tar.gz'],
    ['a damaged tar', 'seq 100000 >f; tar -czf y.tar.gz f; head -c 3000 y.tar.gz >x.tar.gz'],
  ])('an artefact with %s', async (_name, line) => {
    await using commands = await openCommandHost();
    const { folder } = commands;
    await deploy(commands, '1');
    await mkdir(`${folder}/work`);
    await writeFile(`${folder}/outside`, 'not yours');
    execFileSync('/bin/sh', ['-c', line], { cwd: `${folder}/work`, stdio: 'ignore' });
    const digest = execFileSync('sha256sum', [`${folder}/work/x.tar.gz`], { encoding: 'utf8' }).slice(0, 64);
    const properties = deployProperties(folder, '2', digest, { artefact: 'work/x.tar.gz' });
    expect(await apply(commands, properties)).toMatchObject({ kind: 'fail', fault: { code: 'LF_DEPLOY' } });
    expect(await deployedIn(folder)).toBe('1');
    expect(await readdir(`${folder}/srv/versions`)).toEqual(['1']);
  });
});

it('what is brought ahead changes nothing that is current, is not fetched again, and may still be another content', async () => {
  await using commands = await openCommandHost();
  const { folder } = commands;
  const step = stepOf(commands);
  const [one, two] = [await packVersion(folder, '1.0'), await packVersion(folder, '1.1')];
  const first = workOf({ properties: deployProperties(folder, '1.0', one) });
  expect(await step.bring(first)).toEqual({ kind: 'ok', value: [] });
  expect([await deployedIn(folder), await readdir(`${folder}/srv/versions`)]).toEqual([undefined, ['1.0']]);
  const gone = workOf({ properties: deployProperties(folder, '1.0', one, { artefact: 'is-gone' }) });
  expect(await stepOf(commands).bring(gone)).toEqual({ kind: 'ok', value: [] });
  const other = workOf({ properties: deployProperties(folder, '1.0', two, { artefact: '1.1.tar.gz' }) });
  expect(await step.bring(other)).toMatchObject({ kind: 'ok' });
  expect(await step.run(other)).toMatchObject({ kind: 'ok' });
  expect(await step.run(first)).toMatchObject({ kind: 'fail', fault: { code: 'LF_DEPLOY' } });
});
