import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completionPlace } from '#agent/console/completion-place.ts';
import { flagOf, SETTINGS } from '#agent/settings/catalogue.ts';
import { findProgram } from '#scripts/bench/program.ts';
import { opsCommand } from '../ops/policy/ops-command.ts';
import { commandLine } from '../support/command-line.ts';
import { folderOf } from '../support/scanning.ts';

async function agentManual(): Promise<string> {
  const cli = commandLine();
  expect(await cli.run('manual')).toBe(0);
  return cli.out();
}

/** As people read it. */
const plain = (roff: string): string =>
  roff.replaceAll(/\\(-|&|e)/g, (_, sign: string) => (sign === '-' ? '-' : ''));

describe('the manual page', () => {
  it('has every setting with its sentence, and every command', async () => {
    const page = plain(await agentManual());
    for (const [name, { doc, shape }] of Object.entries(SETTINGS)) {
      expect(page).toContain(`.B ${flagOf(name)} <${shape}>\n`);
      expect(page.replaceAll('\\(dq', '"')).toContain(doc);
    }
    for (const command of ['bootstrap', 'exec <command...>', 'completion [shell]'])
      expect(page).toContain(`.SS "landfall ${command}"`);
    expect(page).not.toContain('complete-words');
  });

  it('has the choices and defaults of options', async () => {
    const page = plain(await opsCommand('manual'));
    expect(page).toMatch(/\.B --format <format>\nwhat cloud-init gets \(one of shell, .*; default: shell\)/);
  });

  it('lets no text be a request', async () => {
    const requests = (await agentManual()).split('\n').filter((line) => /^[.']/.test(line));
    expect(requests.filter((line) => !/^\.(TH|SH|SS|TP|B|I)( |$)/.test(line))).toEqual([]);
  });

  it.runIf(findProgram('groff'))('is taken by groff without a word', async () => {
    const folder = folderOf({ page: await agentManual() });
    const shown = execFileSync('groff', ['-man', '-Tascii', '-ww', join(folder, 'page')], {
      encoding: 'utf8',
    });
    expect(shown).toContain('The least important message to log.');
  });
});

describe('completion --install', () => {
  it.each([
    ['bash', 0, '/usr/share/bash-completion/completions/landfall'],
    ['zsh', 0, '/usr/local/share/zsh/site-functions/_landfall'],
    ['fish', 0, '/usr/share/fish/vendor_completions.d/landfall.fish'],
    ['bash', 1000, '/home/a/.local/share/bash-completion/completions/landfall'],
    ['fish', 1000, '/home/a/.config/fish/completions/landfall.fish'],
  ])('of %s for user %i goes to %s', (shell, uid, place) => {
    expect(completionPlace(shell, 'landfall', { HOME: '/home/a' }, uid)).toBe(place);
  });

  it('says which shell it cannot find', async () => {
    const cli = commandLine({ SHELL: '/bin/dash' });
    expect(await cli.run('completion', '--install')).toBe(2);
    expect(cli.err()).toContain('there is no script for dash');
  });

  it('writes what it would have printed', async () => {
    const home = folderOf({ empty: '' });
    const cli = commandLine({ SHELL: '/bin/zsh', HOME: home, XDG_DATA_HOME: join(home, 'data') });
    const place = completionPlace('zsh', 'landfall', { HOME: home, XDG_DATA_HOME: join(home, 'data') });
    if (!place.startsWith(home)) return;
    expect(await cli.run('completion', '--install')).toBe(0);
    expect(readFileSync(place, 'utf8')).toContain('#compdef landfall');
  });
});
