import type http from 'node:http';

export interface CutoverCall {
  readonly service: string;
  readonly region: string;
  /** `ec2 CopyImage`, `route53 POST /2013-04-01/...`. */
  readonly words: string;
  readonly isWrite: boolean;
}

/**
 * `lost`: it never arrives. `answer lost`: it takes effect. `busy`: Route 53 is at another change. `overtaken`: somebody changes the
 * record by hand just before.
 */
export type CutoverMishap = 'lost' | 'answer lost' | 'busy' | 'overtaken';

export interface CutoverRan {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly CutoverCall[];
}

/** What Route 53 says while it is at another change of the zone. */
export const BUSY =
  '<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>PriorRequestNotComplete</Code><Message>No.</Message></Error><RequestId>r</RequestId></ErrorResponse>';

/** What it says of a change that names a record which is another one by now. */
export const STALE =
  '<?xml version="1.0"?><InvalidChangeBatch xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Messages><Message>values provided do not match the current values</Message></Messages><RequestId>r</RequestId></InvalidChangeBatch>';

export function callOf({ method = '', url = '', headers }: http.IncomingMessage, body: string): CutoverCall {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  const target = headers['x-amz-target'];
  const action =
    target === undefined
      ? (/(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? '')
      : String(target).replace(/^.*\./, '');
  const words = `${service} ${action === '' ? `${method} ${url}` : action}`;
  const isWrite =
    action === '' ? method !== 'GET' && method !== 'HEAD' : !/^(?:Describe|Get|List)/.test(action);
  return { service, region, words, isWrite };
}

export function scriptIn(body: string): string {
  const { Parameters } = JSON.parse(body) as { Parameters: { commands: readonly string[] } };
  return Parameters.commands.join('\n');
}
