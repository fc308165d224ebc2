import type { Exchange } from '../http/exchange.ts';
import { sendProblem } from '../http/reply.ts';
import type { Shape } from '../http/shape.ts';

const ROUTES_FOR_PEOPLE =
  'There are / (a page for browsers, unless it is switched off), /healthz, /readyz, /metrics, /v1/config, /v1/config/{key}, /v1/explain/{key}, /v1/layers, /v1/identity, ' +
  '/v1/status, /v1/generations, /v1/generations/{n}/diff, /v1/events, /v1/refresh and /v1/overrides/{key}.';

/** @param only the shape whose own door it is: of the routes of the API there is none there. */
export function sendNoSuchRoute(exchange: Exchange, only?: Pick<Shape, 'name'>): void {
  sendProblem(exchange, 404, {
    code: 'LF_REQUEST_INVALID',
    operation: 'answer',
    subject: exchange.path,
    cause: only === undefined ? 'the API has no such path' : `clients of ${only.name} have no such path`,
    hint:
      only === undefined
        ? ROUTES_FOR_PEOPLE
        : `This door answers ${only.name} and nothing else: docs/shapes.md has its paths. The local API has its own door.`,
  });
}
