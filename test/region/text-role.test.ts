import { describe, expect, test } from 'vitest';
import { findEndpoints } from '../../config-service/region/detect/detector.ts';
import { roleOfFile, type TextRole } from '../../config-service/region/detect/text-role.ts';

function regions(text: string, as: TextRole): readonly string[] {
  return [...new Set(findEndpoints(text, { as }).flatMap(({ region }) => region ?? []))];
}

describe('what becomes of a text', () => {
  test.each([
    'Hello from us-east-1!',
    'we left us-east-1 for good',
    '# about us-east-1',
    '; us-east-1 outage',
  ])('a command is no sentence: %s', (text) => {
    expect(regions(text, 'command')).toEqual(['us-east-1']);
    expect(regions(text, 'value')).toEqual([]);
  });

  test.each([
    'sync the data to us-east-1 and then stop',
    'Hello from us-east-1!',
    '; us-east-1 outage',
    '#!/bin/sh us-east-1',
    'echo "see # here" us-east-1',
    '* us-east-1 is up',
    'Description=us-east-1; aws s3 ls --region $Description',
    'title="The data of us-east-1 is copied to here."',
  ])('a script has no sentences: %s', (text) => {
    expect(regions(text, 'script')).toEqual(['us-east-1']);
  });

  test.each([
    '# we moved away from us-east-1',
    'x=1 # as in us-east-1 before',
    '// not in us-east-1',
    'Description=Copies the orders of us-east-1',
  ])('but comments, and what a unit says to people: %s', (text) => {
    expect(regions(text, 'script')).toEqual([]);
  });

  test.each([
    ['regions.us-east-1.bucket', 'us-east-1'],
    ['us-east-1', 'us-east-1'],
    ['limits.eu-west-1a.count', 'eu-west-1'],
    ['endpoints.sqs.us-east-1.amazonaws.com', 'us-east-1'],
    ['db.payroll.c9akciq32abc.us-west-2.rds.amazonaws.com.port', 'us-west-2'],
    ['app.name', 'none'],
  ])('the dots of a key separate its parts: %s', (key, region) => {
    const told = findEndpoints(key, { as: 'key' }).filter(({ severity }) => severity !== 'info');
    expect(told.map((finding) => finding.region)).toEqual(region === 'none' ? [] : [region]);
  });

  test.each([
    '0 4 * * * root copy the data of the day to us-east-1',
    '@daily root we keep a copy of it in us-east-1 now',
    '*/5 * * * * app # this is for us-east-1 only',
  ])('a line of cron is no sentence, whatever file it stands in: %s', (text) => {
    expect(regions(text, 'file')).toEqual(['us-east-1']);
  });

  test('a list of all regions is none where something is done in each', () => {
    const list = 'us-east-1 us-west-2 eu-west-1 ap-south-1 sa-east-1';
    expect(regions(list, 'value')).toEqual([]);
    expect(regions(list, 'command')).toHaveLength(5);
    expect(regions(list, 'script')).toHaveLength(5);
  });

  test.each([
    ['/etc/cron.d/sync', '', 'script'],
    ['/var/spool/cron/root', '', 'script'],
    ['/etc/crontab', '', 'script'],
    ['/etc/systemd/system/app.service', '', 'script'],
    ['/etc/systemd/system/app.service.d/10-env.conf', '', 'script'],
    ['/opt/app/start.sh', '', 'script'],
    ['/opt/app/start', '#!/bin/sh\n', 'script'],
    ['/etc/motd', '', 'file'],
    ['/etc/nginx/nginx.conf', '', 'file'],
  ])('%s beginning with %j is a %s', (path, head, role) => {
    expect(roleOfFile(path, head)).toBe(role);
  });
});
