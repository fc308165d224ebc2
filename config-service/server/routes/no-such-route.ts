import type { Exchange } from '../http/exchange.ts';
import { sendProblem } from '../http/reply.ts';
import type { Shape } from '../http/shape.ts';
import { PATHS } from './paths.ts';

const [, ...BELOW] = Object.keys(PATHS);
const ROUTES_FOR_PEOPLE = `There are / (a page for browsers, unless it is switched off), ${BELOW.slice(0, -1).join(', ')} and ${BELOW.at(-1)}.`;

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
