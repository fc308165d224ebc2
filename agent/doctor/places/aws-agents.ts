import { isPresent, namesRegion, setsVariables } from '../base/judges.ts';
import type { Disk } from '../base/disk.ts';
import type { Check } from '../base/place.ts';
import { withoutLine } from './start-files.ts';

function ssmClean({ isOwn, at }: Disk): string {
  const ssm = at('/var/lib/amazon/ssm');
  const stop = isOwn ? 'systemctl stop amazon-ssm-agent; ' : '';
  return `${stop}rm -rf ${ssm}/{i,mi}-* ${ssm}/registration ${ssm}/Vault/Store`;
}

/** Settings and registrations of the other agents of AWS. */
export const AWS_AGENTS: Check = {
  name: 'AWS agents',
  clean: 'no agent of AWS is set or registered to another region',
  places: [
    {
      paths: [
        '/etc/amazon/ssm/*.json',
        '/etc/amazon/ssm/*.xml',
        '/etc/codedeploy-agent/conf/*',
        '/opt/codedeploy-agent/conf/*',
        '/opt/aws/amazon-cloudwatch-agent/etc/**/*',
        '/etc/awslogs/**/*',
        '/var/awslogs/etc/*',
        '/etc/aws-kinesis/*.json',
        '/etc/ecs/*',
        '/etc/greengrass/*',
        '/etc/cfn/**/*',
        '/etc/opsworks-agent/*',
      ],
      judge: setsVariables,
      weight: 'follows',
      wayOut: withoutLine,
    },
    {
      paths: [
        '/var/lib/amazon/ssm/registration',
        '/var/lib/amazon/ssm/Vault/**/*',
        '/var/lib/amazon/ssm/*.json',
      ],
      judge: namesRegion,
      weight: 'follows',
      wayOut: (_path, _sign, disk) => ssmClean(disk),
    },
    {
      paths: ['/var/lib/amazon/ssm/i-*', '/var/lib/amazon/ssm/mi-*'],
      only: 'image',
      judge: isPresent('belongs to one managed instance'),
      weight: 'instance',
      wayOut: (_path, _sign, disk) => ssmClean(disk),
    },
    {
      paths: ['/var/lib/ecs/data/*'],
      only: 'image',
      judge: isPresent('belongs to one container instance'),
      weight: 'instance',
      wayOut: (_path, _sign, { isOwn, at }) =>
        `${isOwn ? 'systemctl stop ecs; ' : ''}rm -rf ${at('/var/lib/ecs/data')}/*`,
    },
  ],
};
