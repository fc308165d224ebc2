import { startSandbox } from '#scripts/sandbox/sandbox.ts';
import type { BootCourse } from './boot-course.ts';

/** An instance with many keys. */
export interface KeysCourse extends BootCourse {
  /** A tenth of the keys have another value. */
  change(number: number): void;
}

export async function keysCourse(keys: number): Promise<KeysCourse> {
  const sandbox = await startSandbox();
  const region = 'eu-west-1';
  const bucket = `keys-${region}`;
  const instance = await sandbox.addInstance({ region, tags: { role: 'web' } });
  sandbox.addBucket({ name: bucket, region });
  const change = (number: number): void => {
    const lines = Array.from({ length: keys }, (_, index) => {
      const own = index % 10 === number % 10 ? number : 0;
      return `service${index % 97}.component${index % 13}.key${index}=value ${own} of ${index}\n`;
    });
    sandbox.putObject(bucket, 'keys/base/app.properties', lines.join(''));
  };
  change(0);
  return {
    imdsUrl: instance.imdsUrl,
    awsUrl: sandbox.url,
    bucket,
    prefix: 'keys',
    change,
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
