import { describe, expect, it } from 'vitest';
import { Payroll } from './payroll.ts';

/** A region that opened after the build, in an area that has none yet. */
const REGION = 'nz-north-1';
const BUCKET = `acme-config-${REGION}`;

async function boot(files: Readonly<Record<string, string>>) {
  const payroll = await Payroll.open({ instance: { region: REGION } });
  payroll.sandbox.addBucket({ name: BUCKET, region: REGION });
  for (const [path, text] of Object.entries(files))
    payroll.sandbox.putObject(BUCKET, `payroll/${path}`, text);
  return payroll;
}

describe('an instance in a region that this build does not know', () => {
  it('boots with a warning, and takes the facts and hosts of its partition', async () => {
    const text =
      'where=${@region}/${@partition}/${@dnsSuffix}\nqueue=https://sqs.${@region}.${@dnsSuffix}/1/q\n';
    await using payroll = await boot({ 'base/app.properties': text });
    const citizen = await payroll.run();
    expect(await citizen.properties()).toEqual({
      where: 'nz-north-1/aws/amazonaws.com',
      queue: 'https://sqs.nz-north-1.amazonaws.com/1/q',
    });
    expect(citizen.agent.stderr).toMatch(/nz-north-1 is not in this version's table/);
  });

  it('refuses what names another, known or not', async () => {
    await using payroll = await boot({
      'base/app.properties':
        'a=https://sqs.us-east-1.amazonaws.com/1/q\nb=arn:aws:sqs:th-north-1:123456789012:q\n',
    });
    const { code, stderr } = await payroll.finish();
    expect([code, stderr]).toEqual([6, expect.stringContaining('[LF_REGION_FOREIGN]')]);
    expect(stderr).toContain('a names us-east-1');
    expect(stderr).toContain('b names th-north-1');
  });
});
