const MAX_LENGTH = 900;

/**
 * Why `path` cannot name a file or folder below another one; undefined when it can. Object keys are opaque to S3, so
 * `../../etc/cron.d/x` is a perfectly valid one: what comes from outside passes here before it meets a file system.
 * The length leaves room for a prefix within the 1,024 bytes of an S3 key.
 */
export function relativePathProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.startsWith('/')) return 'is absolute';
  if (Buffer.byteLength(path) > MAX_LENGTH) return `is longer than ${MAX_LENGTH} bytes`;
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'holds a control character or a backslash';
  const segments = path.split('/');
  if (segments.includes('')) return 'has an empty segment';
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'has a "." or ".." segment';
  return undefined;
}
