import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '#kit/clock.ts';
import { formatDuration } from '#kit/duration.ts';

/** S3 takes no request that is further off (RequestTimeTooSkewed): a Date beyond it is not of S3's clock. */
const TOLERANCE_MS = 15 * 60_000;
/** Below it, a second that Date does not have and a slow network say as much as a clock. */
const NOTICED_MS = 5000;

/** Learns from the answers to `client` how far S3's clock is ahead of this machine's, in ms; 0 when by nothing that counts. */
export function watchSkew(client: S3Client, clock: Clock): () => number {
  let skew = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = clock.now();
      const result = await next(args);
      const date = dateOf(result.response);
      if (date !== undefined) skew = Date.parse(date) + 500 - (sentAt + clock.now()) / 2;
      return result;
    },
    { step: 'deserialize', name: 'landfallClockSkew', override: true },
  );
  return () => (Math.abs(skew) > NOTICED_MS && Math.abs(skew) < TOLERANCE_MS ? Math.round(skew) : 0);
}

/** For the operator; undefined when there is nothing to say. */
export function describeSkew(skewMs: number): string | undefined {
  if (skewMs === 0) return undefined;
  const way = skewMs < 0 ? 'ahead of' : 'behind';
  return `the clock of this machine is ${formatDuration(Math.abs(skewMs))} ${way} S3's; the release and its rollout go by S3's`;
}

function dateOf(response: unknown): string | undefined {
  const { headers } = (response ?? {}) as { readonly headers?: Readonly<Record<string, string>> };
  const date = headers?.['date'];
  return date !== undefined && !Number.isNaN(Date.parse(date)) ? date : undefined;
}
