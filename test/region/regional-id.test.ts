import { describe, expect, test } from 'vitest';
import { hasRegionalId } from '../../config-service/region/detect/regional-id.ts';

describe('a name that AWS gave out in one region', () => {
  test.each([
    'db.c9akciq32abc.us-east-1.rds.amazonaws.com',
    'redis.abc123.ng.0001.use1.cache.amazonaws.com',
    'my-lb-1234567890.us-east-1.elb.amazonaws.com',
    'nlb-0123456789abcdef.elb.us-east-1.amazonaws.com',
    'fs-0123abcd.efs.us-east-1.amazonaws.com',
    'search-orders-abcdefghij.us-east-1.es.amazonaws.com',
    'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com',
    'abc.lambda-url.us-east-1.on.aws',
    'orders.us-east-1.elasticbeanstalk.com',
    'AKIDX.gr7.us-east-1.eks.amazonaws.com',
    'b-1.orders.x.c2.kafka.us-east-1.amazonaws.com',
    'dw.abc.us-east-1.redshift.amazonaws.com',
    'vpce-0a1b2c3d4e5f67890-abcdefgh.s3.us-east-1.vpce.amazonaws.com',
    'ec2-52-1-2-3.us-west-2.compute.amazonaws.com',
    'us-east-1_AbCdEfGhI',
    'arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012',
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf',
    'arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/my/50dc6c495c0c9188',
  ])('has a part of that region: %s', (name) => {
    expect(hasRegionalId(name)).toBe(true);
  });

  test.each([
    'rds.us-east-1.amazonaws.com',
    'execute-api.us-east-1.amazonaws.com',
    'https://sqs.us-east-1.amazonaws.com/123456789012/q',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com',
    'acme.s3.us-east-1.amazonaws.com',
    'arn:aws:sqs:us-east-1:123456789012:q',
    'com.amazonaws.us-east-1.s3',
    'us-east-1',
    'us-east-1a',
  ])('has none: %s', (name) => {
    expect(hasRegionalId(name)).toBe(false);
  });
});
