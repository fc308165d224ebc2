import { execFile } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Whereto, and what. */
export interface FloorTarget {
  readonly awsUrl: string;
  readonly region: string;
  readonly group: string;
  readonly stream: string;
  readonly file: string;
}

/** As large as PutLogEvents takes them. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
const EVENT_OVERHEAD = 26;

/**
 * What nobody who ships a file can do without: read it, cut it into lines, put those into batches, and post one after the other.
 * Nothing is signed, remembered, judged or sent twice. In a process of its own.
 * @param core the only one it may run on, where `taskset` is there.
 * @returns seconds from the first byte read to the last answer.
 */
export async function floorSeconds(target: FloorTarget, core?: number): Promise<number> {
  const own = [process.execPath, fileURLToPath(import.meta.url), JSON.stringify(target)];
  const [command = '', ...args] = core === undefined ? own : ['taskset', '-c', String(core), ...own];
  const { stdout } = await promisify(execFile)(command, args);
  return Number(stdout);
}

if (import.meta.main) {
  const target = JSON.parse(process.argv[2] ?? '') as FloorTarget;
  const connection = new Agent({ keepAlive: true, maxSockets: 1 });
  const { group: logGroupName, stream: logStreamName } = target;
  await post(target, 'CreateLogGroup', { logGroupName }, connection);
  await post(target, 'CreateLogStream', { logGroupName, logStreamName }, connection);
  const started = performance.now();
  for (const logEvents of batchesOf(target.file))
    await post(target, 'PutLogEvents', { logGroupName, logStreamName, logEvents }, connection);
  process.stdout.write(String((performance.now() - started) / 1000));
  connection.destroy();
}

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

function* batchesOf(path: string): Generator<readonly LogEvent[]> {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(256 * 1024);
  let rest = '';
  let batch: LogEvent[] = [];
  let size = 0;
  for (let length = readSync(file, bytes); length > 0; length = readSync(file, bytes)) {
    const lines = (rest + bytes.toString('utf8', 0, length)).split('\n');
    rest = lines.pop() ?? '';
    for (const message of lines) {
      const cost = message.length + EVENT_OVERHEAD;
      if (batch.length === MOST_EVENTS || size + cost > MOST_BYTES) {
        yield batch;
        batch = [];
        size = 0;
      }
      batch.push({ timestamp: Date.now(), message });
      size += cost;
    }
  }
  closeSync(file);
  if (batch.length > 0) yield batch;
}

function post({ awsUrl, region }: FloorTarget, action: string, body: object, agent: Agent): Promise<void> {
  const scope = `AKIAFLOOR/20261201/${region}/logs/aws4_request`;
  const headers = {
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': `Logs_20140328.${action}`,
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`,
  };
  return new Promise((resolve, reject) => {
    const asked = request(awsUrl, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${action} was answered with ${response.statusCode}`));
      });
    });
    asked.once('error', reject).end(JSON.stringify(body));
  });
}
