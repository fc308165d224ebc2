import {
  callerError,
  jsonAnswer,
  jsonDialect,
  jsonObject,
  plainBody,
  targetOperation,
} from '../wire/aws-json.ts';
import type { Service } from '../wire/exchange.ts';
import type { ServiceName } from '../wire/faults.ts';

/** The result object of an operation, or the error that AWS would name. */
export type JsonReply =
  | { readonly kind: 'ok'; readonly body: object }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

export type JsonOperation = (asked: Readonly<Record<string, unknown>>, region: string) => JsonReply;

/** A service of an awsJson protocol, by its operations. */
export function jsonService(
  name: ServiceName,
  operations: Readonly<Record<string, JsonOperation>>,
  version: '1.0' | '1.1' = '1.1',
): Service {
  const dialect = jsonDialect(version);
  return {
    name,
    dialect: () => dialect,
    describe: (request) => ({ operation: targetOperation(request) ?? 'Unknown', path: request.path }),
    answer(request) {
      const refused = callerError(request);
      if (refused) return dialect.error(400, refused.code, refused.message);
      const asked = targetOperation(request) ?? '';
      const operation = Object.hasOwn(operations, asked) ? operations[asked] : undefined;
      if (!operation) {
        return dialect.error(400, 'UnknownOperationException', `The sandbox does not implement ${asked}.`);
      }
      const body = jsonObject(plainBody(request));
      if (!body) return dialect.error(400, 'SerializationException', 'The body is not a JSON object.');
      const reply = operation(body, request.caller.region ?? '');
      return reply.kind === 'ok'
        ? jsonAnswer(version, 200, reply.body)
        : dialect.error(400, reply.code, reply.message);
    },
  };
}

export function done(body: object): JsonReply {
  return { kind: 'ok', body };
}

export function refuse(code: string, message: string): JsonReply {
  return { kind: 'error', code, message };
}
