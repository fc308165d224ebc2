import { setsVariables } from '../base/judges.ts';
import type { Check, Place } from '../base/place.ts';
import type { Sign } from '../base/sign.ts';

/** Takes the lines out that set a variable; of anything else a person has to look at the line. */
export function withoutLine(path: string, { variable, line, region }: Sign): string {
  if (variable !== undefined) return `sed -i.bak '/${variable}/d' ${path}`;
  const at = line === undefined ? '' : `+${line} `;
  return `Ask the metadata service instead of naming ${region ?? 'a region'}: sudoedit ${at}${path}`;
}

const follows = (...paths: readonly string[]): Place => ({
  paths,
  judge: setsVariables,
  weight: 'follows',
  wayOut: withoutLine,
});

/** What every login and every service is started with. */
export const START_FILES: Check = {
  name: 'profiles',
  clean: 'no profile or default sets a region',
  places: [
    follows(
      '/etc/environment',
      '/etc/environment.d/*.conf',
      '/etc/security/pam_env.conf',
      '/etc/profile',
      '/etc/profile.d/*',
      '/etc/bashrc',
      '/etc/bash.bashrc',
      '/etc/zshenv',
      '/etc/zsh/*',
      '/etc/csh.cshrc',
      '/etc/default/*',
      '/etc/sysconfig/*',
      '/etc/rc.local',
      '/etc/rc.d/rc.local',
      '/etc/init.d/*',
    ),
    follows(
      '~/.bashrc',
      '~/.bash_profile',
      '~/.bash_login',
      '~/.profile',
      '~/.zshenv',
      '~/.zshrc',
      '~/.zprofile',
      '~/.cshrc',
      '~/.tcshrc',
      '~/.config/fish/config.fish',
      '~/.config/environment.d/*.conf',
      '~/.pam_environment',
      '~/.ssh/environment',
    ),
  ],
};

export const CRON: Check = {
  name: 'cron',
  clean: 'no cron table names a region',
  places: [
    follows(
      '/etc/crontab',
      '/etc/anacrontab',
      '/etc/cron.*/*',
      '/var/spool/cron/*',
      '/var/spool/cron/crontabs/*',
    ),
  ],
};
