import type { Facts } from '#config-service';

/** A web server in Ireland, launched by an Auto Scaling group. */
export const FACTS: Facts = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  account: '111122223333',
  region: 'eu-west-1',
  zone: 'eu-west-1a',
  instanceId: 'i-0123456789abcdef0',
  imageId: 'ami-0123456789abcdef0',
  instanceType: 't3.micro',
  role: 'web',
  environment: 'prod',
  tags: new Map([
    ['role', 'web'],
    ['environment', 'prod'],
    ['team', 'Zahlung & Löhne'],
    ['aws:autoscaling:groupName', 'web-asg'],
  ]),
};
