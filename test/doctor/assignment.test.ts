import { describe, expect, it } from 'vitest';
import { assignmentsIn } from '#agent/doctor/base/assignment.ts';

const said = (line: string) => assignmentsIn(line).map(({ says }) => says);

it.each([
  'AWS_REGION=us-east-1',
  'export AWS_REGION=us-east-1',
  'declare -x AWS_REGION="us-east-1"',
  "  AWS_REGION='us-east-1' aws s3 ls",
  'Environment=AWS_REGION=us-east-1',
  'Environment="A=b" "AWS_REGION=us-east-1"',
  "DefaultEnvironment='AWS_REGION=us-east-1'",
  'ExecStart=/usr/bin/env AWS_REGION=us-east-1 /usr/bin/app',
  'AWS_REGION = us-east-1',
  'AWS_REGION DEFAULT=us-east-1',
  'AWS_REGION\tDEFAULT="us-east-1"',
  'setenv AWS_REGION us-east-1',
  'set -gx AWS_REGION us-east-1',
  'set -Ux AWS_REGION "us-east-1"',
  'AWS_REGION=US-EAST-1',
])('%s sets a region', (line) => {
  expect(said(line)).toEqual(['sets AWS_REGION to us-east-1']);
});

it.each([
  '[ "$AWS_REGION" = "us-east-1" ]',
  'if [ $AWS_REGION=us-east-1 ]',
  'test "${AWS_REGION}" == us-east-1',
  'AWS_REGION==us-east-1',
  'AWS_REGION=$(curl http://example.com)',
  'AWS_REGION=`cat /etc/region`',
  'AWS_REGION=${REGION:-us-east-1}',
  'Environment=AWS_REGION=%i',
  'UnsetEnvironment=AWS_REGION=us-east-1',
  'unset AWS_REGION',
  'export AWS_REGION',
  'AWS_REGION=',
  'AWS_REGION=""',
  'MY_AWS_REGION=us-east-1',
  'NOT-AWS_REGION=us-east-1',
  'AWS_STS_REGIONAL_ENDPOINTS=regional',
  'aws_region=us-east-1',
])('%s sets nothing', (line) => {
  expect(said(line)).toEqual([]);
});

describe('what else leads somewhere', () => {
  it.each([
    ['AWS_PROFILE=prod AWS_CONFIG_FILE=/x', ['sets AWS_PROFILE', 'sets AWS_CONFIG_FILE']],
    ['AWS_STS_REGIONAL_ENDPOINTS=legacy', ['sets AWS_STS_REGIONAL_ENDPOINTS to legacy']],
    ['AWS_ENDPOINT_URL=http://localhost:4566', ['sets AWS_ENDPOINT_URL']],
    [
      'AWS_ENDPOINT_URL_S3=https://s3.us-east-1.amazonaws.com',
      ['sets AWS_ENDPOINT_URL_S3 to an endpoint of us-east-1'],
    ],
    ['EC2_URL=https://ec2.us-east-1.amazonaws.com', ['sets EC2_URL to an endpoint of us-east-1']],
    [
      'AWS_ACCESS_KEY_ID=AKIA AWS_SECRET_ACCESS_KEY=x',
      ['sets AWS_ACCESS_KEY_ID', 'sets AWS_SECRET_ACCESS_KEY'],
    ],
    ['AWS_REGION=nowhere', ['sets AWS_REGION']],
    ['AWS_REGION=us-future-9', ['sets AWS_REGION to us-future-9']],
  ])('%s', (line, expected) => expect(said(line)).toEqual(expected));
});
