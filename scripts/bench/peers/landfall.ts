import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { GROUP, openCloudWatchSink, REGION } from './cloudwatch-sink.ts';
import type { Peer } from './peer.ts';

const BUCKET = `head-to-head-${REGION}`;

/** Ours, with its defaults. */
export const landfall: Peer = {
  name: 'landfall',
  settings: 'logs: { app: { path, group } }; defaults otherwise',
  find() {
    const program = resolve('dist/landfall');
    if (!existsSync(program)) return { missing: 'dist/landfall: npm run build' };
    const { stdout } = spawnSync(program, ['version'], { encoding: 'utf8' });
    return { program, version: stdout.trim() };
  },
  async open({ program }, folder, log) {
    const sink = await openCloudWatchSink();
    sink.sandbox.addBucket({ name: BUCKET, region: REGION });
    sink.sandbox.putObject(BUCKET, 'base/app.properties', 'a=1\n');
    const plan = { logs: { app: { path: log, group: GROUP } } };
    sink.sandbox.putObject(BUCKET, 'base/plan.yaml', JSON.stringify(plan));
    return {
      sink,
      command: [program, 'run'],
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: folder,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: sink.instance.imdsUrl,
        AWS_ENDPOINT_URL: sink.sandbox.url,
        LANDFALL_SOURCE: `s3://${BUCKET}`,
        LANDFALL_LISTEN: '127.0.0.1:0',
        LANDFALL_STATE_DIR: join(folder, 'state'),
        LANDFALL_RUN_DIR: join(folder, 'run'),
      },
      [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
    };
  },
};
