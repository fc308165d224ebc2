import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GROUP, openCloudWatchSink, REGION } from './cloudwatch-sink.ts';
import type { Peer } from './peer.ts';
import { programsNamed } from './programs.ts';

/** The agent before the CloudWatch agent: a plugin of the AWS CLI. */
export const awslogs: Peer = {
  name: 'awslogs',
  settings: 'state_file; initial_position = start_of_file; batch_size = 1048576; batch_count = 10000',
  find() {
    for (const program of programsNamed('aws')) {
      const print = 'import cwlogs, awscli; print(cwlogs.__version__, "with awscli", awscli.__version__)';
      const { status, stdout } = spawnSync(join(dirname(program), 'python'), ['-c', print], {
        encoding: 'utf8',
      });
      if (status === 0) return { program, version: stdout.trim() };
    }
    return {
      missing:
        'pip install awscli==1.16.300 awscli-cwlogs==1.4.6 in a venv of Python 3.8, with its bin on PATH',
    };
  },
  async open({ program }, folder, log) {
    const sink = await openCloudWatchSink();
    const config = join(folder, 'awslogs.conf');
    const profile = join(folder, 'aws.conf');
    writeFileSync(profile, '[plugins]\ncwlogs = cwlogs\n');
    writeFileSync(
      config,
      [
        '[general]',
        `state_file = ${join(folder, 'agent-state')}`,
        '[app]',
        `file = ${log}`,
        `log_group_name = ${GROUP}`,
        `log_stream_name = ${sink.instance.instanceId}`,
        'initial_position = start_of_file',
        'batch_size = 1048576',
        'batch_count = 10000',
        '',
      ].join('\n'),
    );
    return {
      sink,
      command: [
        program,
        '--region',
        REGION,
        '--endpoint-url',
        sink.sandbox.url,
        'logs',
        'push',
        '--config-file',
        config,
      ],
      env: {
        PATH: '/usr/bin:/bin',
        HOME: folder,
        AWS_CONFIG_FILE: profile,
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'head-to-head',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
      [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
    };
  },
};
