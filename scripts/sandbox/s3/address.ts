/** What an S3 request is about. `key` is absent for the bucket itself, `bucket` for the service. */
export interface S3Address {
  readonly bucket?: string;
  readonly key?: string;
}

/** `bucket.s3.region.amazonaws.com`, `bucket.s3.localhost` and `bucket.localhost` are virtual-host style. */
const VIRTUAL_HOST =
  /^(?<bucket>[a-z0-9][a-z0-9.-]*?)(?:\.s3(?:[.-][a-z0-9.-]+)?\.(?:amazonaws\.[a-z.]+|localhost)|\.localhost)$/;
const SERVICE_LABEL = /^(?:s3|ec2|monitoring|logs)(?:$|[.-])/;

/** Path style or virtual-host style, by the Host header. `undefined` when the path is not valid percent-encoding. */
export function s3Address(host: string | undefined, rawPath: string): S3Address | undefined {
  const path = decode(rawPath.slice(1));
  if (path === undefined) return undefined;
  const name = host?.toLowerCase().replace(/:\d+$/, '') ?? '';
  const bucket = SERVICE_LABEL.test(name) ? undefined : VIRTUAL_HOST.exec(name)?.groups?.['bucket'];
  if (bucket !== undefined) return path === '' ? { bucket } : { bucket, key: path };
  const slash = path.indexOf('/');
  if (path === '') return {};
  if (slash === -1 || slash === path.length - 1)
    return { bucket: slash === -1 ? path : path.slice(0, slash) };
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
