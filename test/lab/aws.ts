import { readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { startSandbox } from '#scripts/sandbox/sandbox.ts';
import { seedBucket } from '#scripts/sandbox/programs/seed.ts';

/**
 * AWS as instances of the lab see it: the sandbox, with 169.254.169.254 in front of one instance's metadata service and
 * 10.0.0.1:4566 in front of all others. To be run in a network namespace that has these addresses, and nowhere else.
 *
 *     node aws.ts SEED REGION...
 *
 * Commands come as lines, answers go as lines of JSON: `be REGION FILE` launches an instance with this user data and puts its
 * metadata in place; `put REGION KEY FILE` publishes one object of the configuration; `seen` tells who was asked since `be`.
 */
const [seed = '', ...regions] = process.argv.slice(2);
const sandbox = await startSandbox();
for (const region of regions) {
  sandbox.addBucket({ name: `agents-${region}`, region });
  sandbox.addBucket({ name: `payroll-${region}`, region });
  await seedBucket(sandbox, `payroll-${region}`, seed, 'landfall', region);
}
let metadata = { host: '127.0.0.1', port: 9 };
await relay('169.254.169.254', 80, () => metadata);
await relay('10.0.0.1', 4566, () => placeOf(sandbox.url));
answer({ url: sandbox.url });

for await (const line of createInterface(process.stdin)) {
  const [command, region = '', ...rest] = line.split(' ');
  if (command === 'be') {
    const [file = ''] = rest;
    const instance = await sandbox.addInstance({
      region,
      userData: readFileSync(file, 'utf8'),
      tags: { role: 'web', environment: 'prod' },
    });
    metadata = placeOf(instance.imdsUrl);
    sandbox.requests.clear();
    answer({ instanceId: instance.instanceId });
  } else if (command === 'put') {
    const [key = '', file = ''] = rest;
    sandbox.putObject(`payroll-${region}`, `landfall/${key}`, readFileSync(file));
    answer({ key });
  } else {
    const violations = [...sandbox.instances.values()].flatMap((instance) => [...instance.violations]);
    answer({ requests: sandbox.requests.entries, violations });
  }
}
await sandbox.close();

function placeOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

function relay(host: string, port: number, target: () => net.TcpNetConnectOpts): Promise<void> {
  const server = net.createServer((near) => {
    const far = net.connect(target());
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
