/**
 * The one region this process may speak to (law 2). It comes from the instance identity document and from nowhere else;
 * every client in this room is built from it.
 */
export interface Pin {
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`, ...: the second field of every ARN. */
  readonly partition: string;
  /** `amazonaws.com`, `amazonaws.com.cn`, ... */
  readonly dnsSuffix: string;
  /** The twelve digits of the instance's account. */
  readonly account: string;
}
