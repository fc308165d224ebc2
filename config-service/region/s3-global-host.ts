import type { Finding } from './finding.ts';
import { asksForHost } from './host-setting.ts';

/**
 * S3's hosts of before there were regions, and accelerate: a request finds its way to a bucket in whatever region. Only
 * the standard partition has them.
 */
const HOST = /(?<![a-z0-9_-])s3(-accelerate)?(?:\.dualstack)?\.amazonaws\.com(?![a-z0-9_-]|\.[a-z0-9])/gi;

/** A bucket in front, or what a template puts one in for: `${bucket}.s3.amazonaws.com`. `*.s3.amazonaws.com` is all of them. */
const BUCKET = /(?:[a-z0-9_-]|[}\])>%])\.$/i;

/** By itself `s3.amazonaws.com` is a service in a policy, unless a host is asked for. */
export function* globalS3Hosts(text: string): Generator<Finding> {
  for (const { index: start, 0: host, 1: accelerate } of text.matchAll(HOST)) {
    const before = text.slice(Math.max(0, start - 80), start);
    if (!BUCKET.test(before) && !asksForHost(before)) continue;
    const kind = `region-unknown:s3-${accelerate === undefined ? 'global' : 'accelerate'}-host`;
    yield { region: null, kind, severity: 'unknown', start, end: start + host.length, text: host };
  }
}
