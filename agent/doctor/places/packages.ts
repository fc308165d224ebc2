import { namedAfterRegion, namesRegion } from '../base/judges.ts';
import type { Check } from '../base/place.ts';
import { withoutLine } from './start-files.ts';

/** Where packages come from, of the system and of languages. */
export const PACKAGES: Check = {
  name: 'packages',
  clean: 'no package mirror of another region',
  places: [
    {
      paths: ['/etc/apt/sources.list', '/etc/apt/sources.list.d/*', '/etc/apt/apt.conf.d/*'],
      judge: namesRegion,
      weight: 'follows',
      wayOut: (path, { region }, { isOwn }) =>
        `sed -i.bak 's#//${region ?? 'REGION'}[.]ec2[.]archive#//archive#' ${path}${isOwn ? ' && apt-get update' : ''}`,
    },
    {
      paths: ['/etc/yum/vars/*', '/etc/dnf/vars/*'],
      judge: namesRegion,
      weight: 'follows',
      wayOut: (path) => `rm ${path}; the repository plugin of Amazon Linux asks the metadata service`,
    },
    {
      paths: ['/etc/yum.conf', '/etc/dnf/dnf.conf', '/etc/yum.repos.d/*', '/etc/zypp/repos.d/*'],
      judge: namesRegion,
      weight: 'follows',
      wayOut: withoutLine,
    },
    {
      paths: [
        '/etc/pip.conf',
        '~/.pip/pip.conf',
        '~/.config/pip/pip.conf',
        '~/.npmrc',
        '~/.m2/settings.xml',
        '~/.gradle/gradle.properties',
        '~/.gitconfig',
        '/etc/gitconfig',
      ],
      judge: namesRegion,
      weight: 'follows',
      wayOut: withoutLine,
    },
    {
      paths: ['/var/lib/apt/lists/*'],
      judge: namedAfterRegion,
      weight: 'names',
      wayOut: (_path, _sign, { isOwn, at }) =>
        `rm -rf ${at('/var/lib/apt/lists')}/*${isOwn ? ' && apt-get update' : ''}`,
    },
    {
      paths: ['/var/cache/yum/**/mirrorlist*', '/var/cache/dnf/**/mirrorlist*'],
      judge: namesRegion,
      weight: 'names',
      wayOut: (path, _sign, { isOwn }) => (isOwn ? 'yum clean all' : `rm ${path}`),
    },
  ],
};
