import type { Exchange } from '../exchange.ts';
import { sendProblem } from '../reply.ts';

const ROUTES_FOR_PEOPLE =
  'There are /healthz, /readyz, /metrics, /v1/config, /v1/config/{key}, /v1/explain/{key}, /v1/layers, /v1/identity, ' +
  '/v1/status, /v1/generations, /v1/generations/{n}/diff, /v1/events, /v1/refresh and /v1/overrides/{key}.';

export function sendNoSuchRoute(exchange: Exchange): void {
  sendProblem(exchange, 404, {
    code: 'LF_REQUEST_INVALID',
    operation: 'answer',
    subject: exchange.path,
    cause: 'the API has no such path',
    hint: ROUTES_FOR_PEOPLE,
  });
}
