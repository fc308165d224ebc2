import {
  callerError,
  jsonAnswer,
  jsonDialect,
  jsonObject,
  plainBody,
  targetOperation,
} from '../wire/aws-json.ts';
import type { Service } from '../wire/exchange.ts';
import { LOGS_OPERATIONS } from './log-operations.ts';
import type { LogStore } from './log-store.ts';

/** CloudWatch Logs, awsJson 1.1. */
export function logsService(store: LogStore, account: string, now: () => number): Service {
  const dialect = jsonDialect('1.1');
  return {
    name: 'logs',
    dialect: () => dialect,
    describe: (request) => ({ operation: targetOperation(request) ?? 'Unknown', path: request.path }),
    answer(request) {
      const refused = callerError(request);
      if (refused) return dialect.error(400, refused.code, refused.message);
      const name = targetOperation(request) ?? '';
      const operation = Object.hasOwn(LOGS_OPERATIONS, name) ? LOGS_OPERATIONS[name] : undefined;
      if (!operation)
        return dialect.error(400, 'UnknownOperationException', `The sandbox does not implement ${name}.`);
      const asked = jsonObject(plainBody(request));
      if (!asked) return dialect.error(400, 'SerializationException', 'The body is not a JSON object.');
      const region = request.caller.region ?? '';
      const reply = operation({ groups: store.groups(region), asked, region, account, now: now() });
      return reply.kind === 'ok'
        ? jsonAnswer('1.1', 200, reply.body)
        : dialect.error(400, reply.code, reply.message);
    },
  };
}
