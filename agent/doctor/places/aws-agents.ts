import { isPresent, namesRegion, setsVariables } from '../judges.ts';
import type { Check } from '../place.ts';
import { withoutLine } from './start-files.ts';

const SSM_CLEAN =
  'systemctl stop amazon-ssm-agent; rm -rf /var/lib/amazon/ssm/{i,mi}-* /var/lib/amazon/ssm/registration /var/lib/amazon/ssm/Vault/Store';

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
      wayOut: () => SSM_CLEAN,
    },
    {
      paths: ['/var/lib/amazon/ssm/i-*', '/var/lib/amazon/ssm/mi-*'],
      only: 'image',
      judge: isPresent('belongs to one managed instance'),
      weight: 'instance',
      wayOut: () => SSM_CLEAN,
    },
    {
      paths: ['/var/lib/ecs/data/*'],
      only: 'image',
      judge: isPresent('belongs to one container instance'),
      weight: 'instance',
      wayOut: () => 'systemctl stop ecs; rm -rf /var/lib/ecs/data/*',
    },
  ],
};
