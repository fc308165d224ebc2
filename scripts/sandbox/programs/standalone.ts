import { seedRegions } from './seed.ts';
import { startSandbox } from '../sandbox.ts';
import type { Sandbox } from '../sandbox.ts';

export interface StandaloneOptions {
  /** Port of the AWS endpoint. Default 0: a free one. */
  readonly port?: number;
  /** One bucket and one instance in each. */
  readonly regions: readonly string[];
  /** Bucket name; `{region}` stands for the region. Default `landfall-config-{region}`. */
  readonly bucket?: string;
  /** A directory to load: `<dir>/<region>/...` when it has a folder of one of the regions, else all of it for each region. */
  readonly seed?: string;
  /** Where in the bucket the seed goes, without slashes at the ends. Default: the root. */
  readonly prefix?: string;
  /** Tags of the instances. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Gets whole lines. */
  readonly print: (line: string) => void;
  /** Ends it. */
  readonly stop: AbortSignal;
}

/** The sandbox as a program: prints where everything is and what to export, and runs until stopped. */
export async function runStandalone(options: StandaloneOptions): Promise<void> {
  const { regions, print, stop, prefix = '', seed, tags = {} } = options;
  const bucket = options.bucket ?? 'landfall-config-{region}';
  const sandbox = await startSandbox(options.port === undefined ? {} : { port: options.port });
  try {
    for (const region of regions) {
      sandbox.addBucket({ name: bucket.replaceAll('{region}', region), region });
      await sandbox.addInstance({ region, tags });
    }
    const loaded =
      seed === undefined ? 0 : await seedRegions(sandbox, { directory: seed, bucket, prefix, regions });
    for (const line of addresses(sandbox, bucket, prefix)) print(line);
    if (seed !== undefined) print(`\n${loaded} objects loaded from ${seed}`);
    await stopped(stop);
  } finally {
    await sandbox.close();
  }
}

/** What a newcomer copies: a table of what there is, then the exports for each instance. */
function addresses(sandbox: Sandbox, bucket: string, prefix: string): readonly string[] {
  const rows = [...sandbox.instances.values()].map(({ region, instanceId, imdsUrl }) => [
    region,
    instanceId,
    imdsUrl,
    `s3://${bucket.replaceAll('{region}', region)}`,
  ]);
  const source = [`s3://${bucket}`, ...(prefix === '' ? [] : [prefix])].join('/');
  return [
    ...table([['REGION', 'INSTANCE', 'METADATA SERVICE', 'BUCKET'], ...rows]),
    '',
    `export AWS_ENDPOINT_URL=${sandbox.url}`,
    `export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox    # for operators' tools; instances have a role`,
    `export LANDFALL_SOURCE='${source}'`,
    ...[...sandbox.instances.values()].map(
      ({ region, imdsUrl }) =>
        `export AWS_EC2_METADATA_SERVICE_ENDPOINT=${imdsUrl}    # be the instance in ${region}`,
    ),
    '',
    `Control: curl ${sandbox.url}/_sandbox    faults: curl -d '{"service":"s3","effect":"throttle","times":3}' ${sandbox.url}/_sandbox/faults`,
  ];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
