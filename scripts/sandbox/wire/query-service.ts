import { callerError, plainBody } from './aws-json.ts';
import { nextRequestId } from './exchange.ts';
import type { Answer, Dialect, SandboxRequest, Service } from './exchange.ts';
import type { ServiceName } from './faults.ts';
import { element, textElement, xmlDocument } from './xml.ts';

/** What an operation gives: the content of its result element, or the error that AWS would name. */
export type QueryReply =
  | { readonly kind: 'ok'; readonly result: string }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

export type QueryOperation = (asked: URLSearchParams, region: string) => QueryReply;

/** A service of the query protocol, by its operations. */
export function queryService(
  name: ServiceName,
  namespace: string,
  operations: Readonly<Record<string, QueryOperation>>,
): Service {
  const dialect: Dialect = {
    throttle: { status: 400, code: 'Throttling' },
    error(status, code, message) {
      const parts = [
        textElement('Type', 'Sender'),
        textElement('Code', code),
        textElement('Message', message),
      ];
      const id = textElement('RequestId', nextRequestId());
      return xml(status, xmlDocument('ErrorResponse', namespace, element('Error', ...parts), id));
    },
  };
  return {
    name,
    dialect: () => dialect,
    describe: (request) => ({ operation: fieldsOf(request).get('Action') ?? 'Unknown', path: request.path }),
    answer(request) {
      const refused = callerError(request);
      if (refused) return dialect.error(403, refused.code, refused.message);
      const asked = fieldsOf(request);
      const action = asked.get('Action') ?? '';
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
      if (!operation) return dialect.error(400, 'InvalidAction', `Could not find operation ${action}.`);
      const reply = operation(asked, request.caller.region ?? '');
      if (reply.kind === 'error') return dialect.error(400, reply.code, reply.message);
      const metadata = element('ResponseMetadata', textElement('RequestId', nextRequestId()));
      const result = element(`${action}Result`, reply.result);
      return xml(200, xmlDocument(`${action}Response`, namespace, result, metadata));
    },
  };
}

/** Every list of the protocol: `InstanceIds.member.1=...`. */
export function members(asked: URLSearchParams, list: string): readonly string[] {
  return [...asked].filter(([name]) => name.startsWith(`${list}.member.`)).map(([, value]) => value);
}

export function invalid(message: string): QueryReply {
  return { kind: 'error', code: 'ValidationError', message };
}

function fieldsOf(request: SandboxRequest): URLSearchParams {
  return new URLSearchParams(plainBody(request)?.toString());
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
