import { describe, expect, test } from 'vitest';
import { findEndpoints, regionsNamedBy } from '../../config-service/region/detect/detector.ts';

/** `region severity kind 'name'` of every finding. */
function told(text: string): readonly string[] {
  return findEndpoints(text).map(
    ({ region, severity, kind, text: name }) => `${region} ${severity} ${kind} ${name}`,
  );
}

describe('each shape is told by its kind, its weight and exactly its name', () => {
  test.each([
    ['https://sqs.us-east-1.amazonaws.com/1/q', 'us-east-1 error host us-east-1'],
    ['ec2.cn-north-1.api.amazonwebservices.com.cn', 'cn-north-1 error host cn-north-1'],
    ['https://my-bucket.s3-eu-west-1.amazonaws.com', 'eu-west-1 error host eu-west-1'],
    ['x.abc.0001.aps1.cache.amazonaws.com', 'ap-south-1 error host aps1'],
    ['x.abc.0001.apse1.cache.amazonaws.com', 'ap-southeast-1 error host apse1'],
    ['search ec2.internal', 'us-east-1 error host ec2.internal'],
    ['ec2-1-2-3-4.compute-1.amazonaws.com', 'us-east-1 error host compute-1.amazonaws.com'],
    ['EC2_URL=https://ec2.amazonaws.com', 'us-east-1 error legacy-host ec2.amazonaws.com'],
    ['arn:aws:kms:eu-west-1:123456789012:alias/us-east-1', 'eu-west-1 error arn eu-west-1'],
    ['arn:aws:sqs:us-east-1', 'us-east-1 error arn us-east-1'],
    ['AKIA/20250101/us-east-1/s3/aws4_request', 'us-east-1 error sigv4-scope us-east-1'],
    ['com.amazonaws.eu-west-1.s3', 'eu-west-1 error vpce-service eu-west-1'],
    ['cn.com.amazonaws.cn-north-1.ecr.api', 'cn-north-1 error vpce-service cn-north-1'],
    ['b--usw2-az1--x-s3', 'us-west-2 error s3-express usw2-az1'],
    ['s3://b-111122223333-us-west-2-an/x', 'us-west-2 error s3-account-regional-bucket us-west-2'],
    ['zone-id: use1-az6', 'us-east-1 error az-id use1-az6'],
    ['https://console.aws.amazon.com/ec2/home?region=eu-west-1#x', 'eu-west-1 error console-url eu-west-1'],
    ['zone=us-gov-west-1b', 'us-gov-west-1 warning az-name us-gov-west-1b'],
    ['us-west-2-lax-1a', 'us-west-2 warning local-zone us-west-2-lax-1a'],
    ['us-east-1-wl1-bos-wlz-1', 'us-east-1 warning wavelength-zone us-east-1-wl1-bos-wlz-1'],
    ['region=us-east-1', 'us-east-1 warning config-region us-east-1'],
    ['${AWS_REGION:-us-east-1}', 'us-east-1 warning config-region us-east-1'],
    ['Region.US_GOV_EAST_1', 'us-gov-east-1 warning constant US_GOV_EAST_1'],
    ['RegionEndpoint.USGovCloudWest1', 'us-gov-west-1 warning constant USGovCloudWest1'],
    ['endpoints.ApNortheast1RegionID', 'ap-northeast-1 warning constant ApNortheast1'],
    ['db.us-east-1.aws.neon.tech', 'us-east-1 warning third-party us-east-1'],
    ['db.us-east-1.example.com', 'us-east-1 info hint:private-dns us-east-1'],
    ['db-use1.example.internal', 'us-east-1 info hint:private-dns use1'],
    ['bucket=logs-eu-west-1', 'eu-west-1 info hint:bucket-name eu-west-1'],
    ['/srv/us-east-1/app', 'us-east-1 info hint:path us-east-1'],
    ['zone Z32O12XQLNTSW2', 'eu-west-1 info hint:hosted-zone-id Z32O12XQLNTSW2'],
    ['arn:aws:iam::127311923021:root', 'us-east-1 info hint:aws-account-id 127311923021'],
    ['ami-0abcdef1234567890', 'null info opaque-id ami-0abcdef1234567890'],
    ['mrk-1234abcd12ab34cd56ef1234567890ab', 'null info opaque-id mrk-1234abcd12ab34cd56ef1234567890ab'],
    ['https://sqs.us-east-1。amazonaws。com/1/q', 'us-east-1 error host us-east-1'],
    ['https://sqs.us-ｅast-1.amazonaws.com/1/q', 'us-east-1 error host us-ｅast-1'],
    ['https://ｓｑｓ.ｕｓ-ｅａｓｔ-１.ａｍａｚｏｎａｗｓ．ｃｏｍ/1', 'us-east-1 error host ｕｓ-ｅａｓｔ-１'],
    ['https://sqs.us-east\u00AD-1.amazonaws.com/1/q', 'us-east-1 error host us-east\u00AD-1'],
    ['https://sqs.us-\u{1D41E}ast-1.amazonaws.com', 'us-east-1 error host us-\u{1D41E}ast-1'],
    ['https://sqs.us\\u{2d}east\\u{02D}1.amazonaws.com/', 'us-east-1 error host us\\u{2d}east\\u{02D}1'],
    ['https://sqs.us\\055east\\0551.amazonaws.com/', 'us-east-1 error host us\\055east\\0551'],
    ['https://sqs.us&#0045;east&#x02d;1.amazonaws.com/', 'us-east-1 error host us&#0045;east&#x02d;1'],
    ['ＡＺus-east-1a', 'us-east-1 warning az-name us-east-1a'],
    [String.raw`https://sqs.us-east-1.amazonaws.com\@good.example/`, 'us-east-1 error host us-east-1'],
    ['https://budgets.eu-west-1.amazonaws.com', 'eu-west-1 error host eu-west-1'],
    ['arn:aws:iam:eu-west-1:123456789012:role/x', 'eu-west-1 error arn eu-west-1'],
    ['https://s3.amazonaws.com/b', 'null unknown region-unknown:s3-global-host s3.amazonaws.com'],
    ['b.s3.amazonaws.com', 'null unknown region-unknown:s3-global-host s3.amazonaws.com'],
    ['sqs.us-north-1.amazonaws.com', 'null warning unknown-region us-north-1'],
    ['arn:aws:sqs:ap-north-9:123456789012:q', 'null warning unknown-region ap-north-9'],
  ])('%s', (text, expected) => {
    expect(told(text)).toEqual([expected]);
  });
});

describe('escapes are undone for the verdict and kept for the place', () => {
  test.each([
    ['x=sqs%2Eus%2Deast%2D1%2Eamazonaws%2Ecom', 'us%2Deast%2D1'],
    ['https%253A%252F%252Fsqs.us-east-1.amazonaws.com', 'us-east-1'],
    ['sqs.us&#45;east&#x2d;1.amazonaws.com', 'us&#45;east&#x2d;1'],
    ['"sqs.us\\u002deast\\u002d1.amazonaws.com"', 'us\\u002deast\\u002d1'],
    ['/sqs\\.us\\-east\\-1\\.amazonaws\\.com/', 'us\\-east\\-1'],
    ['sqs[.]us-east-1[.]amazonaws[.]com', 'us-east-1'],
    ['{"script":"#!/bin/sh\\nAWS_REGION=us-east-1\\n"}', 'us-east-1'],
  ])('%s', (text, name) => {
    const [finding, ...more] = findEndpoints(text);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ region: 'us-east-1', text: name, start: text.indexOf(name) });
  });

  test.each(['', 'x', 'xy', 'xyz'])('base64 is found on whatever byte it begins: after %j', (before) => {
    const run = btoa(`${before}curl https://sqs.us-east-1.amazonaws.com/q`);
    const text = `userdata: ${run}`;
    expect(findEndpoints(text)).toMatchObject([
      { region: 'us-east-1', kind: 'base64:host', start: 10, text: run },
    ]);
  });

  test.each(['eu-central-1', 'ap-south-1', 'cn-northwest-1', 'us-isof-south-1'])(
    'base64 of a setting: %s',
    (region) => {
      expect(regionsNamedBy(btoa(`AWS_REGION=${region}`))).toEqual([region]);
    },
  );

  test('base64 within base64 is followed, as deep as configuration goes', () => {
    const once = btoa('https://sqs.us-west-2.amazonaws.com/q');
    expect(regionsNamedBy(btoa(`amazonaws ${once}`))).toEqual(['us-west-2']);
  });
});

describe('what a comment says', () => {
  test.each([
    '# AWS_REGION=us-east-1',
    '# region: us-east-1',
    '// client("us-east-1")',
    '#   --region us-east-1',
    '<!-- <region>us-east-1</region> -->',
    'x = 1  # was https://sqs.us-east-1.amazonaws.com',
  ])('counts when it can be uncommented: %s', (text) => {
    expect(regionsNamedBy(text)).toEqual(['us-east-1']);
  });

  test.each([
    '# moved away from us-east-1',
    '; note: us-east-1 outage',
    '# TODO: us-east-1',
    'port = 1  # as in us-east-1 before',
    'We left us-east-1 for good in 2019.',
  ])('is prose otherwise: %s', (text) => {
    expect(findEndpoints(text)).toEqual([]);
  });

  test.each(['  --region us-east-1 \\', 'aws configure set region us-east-1', '#define REGION "us-east-1"'])(
    'a command is not prose: %s',
    (text) => {
      expect(regionsNamedBy(text)).toEqual(['us-east-1']);
    },
  );
});

describe('regionsNamedBy, which judges endpoint overrides', () => {
  test.each([
    ['https://s3.eu-west-1.amazonaws.com', ['eu-west-1']],
    ['https://s3.us-north-1.amazonaws.com', ['us-north-1']],
    ['https://vpce-1-us-east-1a.s3.us-east-1.vpce.amazonaws.com', ['us-east-1']],
    ['https://ec2.amazonaws.com', ['us-east-1']],
    ['http://127.0.0.1:4566', []],
    ['http://s3.us-east-1.localhost.localstack.cloud:4566', []],
    ['https://s3.amazonaws.com', []],
    ['https://minio.eu-west-1.example.com', []],
  ])('%s', (override, regions) => {
    expect(regionsNamedBy(override)).toEqual(regions);
  });
});

describe('a region that only seems to be named', () => {
  test.each([
    'https://sqs.us-east-1.amazonaws.com@evil.example/',
    's3.us-east-1.amazonaws.com.evil.example',
    'sqs.us-east-1.api.aws.example.com',
    'http://sqs.us-east-1.localhost.localstack.cloud:4566/q',
    'oos.eu-west-2.outscale.com',
    'endpoint: oss-us-east-1',
    'https://blog.example.com/2021/us-east-1-outage',
    'https://paper.example/aws_us_east_1_outage',
    'arn:aws:iam::123456789012:role/us-east-1-deployer',
    'arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/1',
    'ec2.internal.example.com',
    'libeuw1-az3.so',
    'vol-20240101',
    '"Service": "ec2.amazonaws.com"',
  ])('%s', (text) => {
    expect(findEndpoints(text)).toEqual([]);
  });
});
