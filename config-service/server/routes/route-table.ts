import type { Handler } from '../http/exchange.ts';
import { getConfig } from './config.ts';
import { getEvents } from './events.ts';
import { getExplanation } from './explain.ts';
import { getGenerationDiff, getGenerations, getLayers } from './generations.ts';
import { deleteOverride, postRefresh, putOverride } from './orders.ts';
import { getPage } from './page.ts';
import { getHealth, getIdentity, getMetrics, getReadiness, getStatus } from './state.ts';
import { getValue } from './value.ts';

/** Handlers by method. HEAD is GET without the body; what is neither needs authorization. */
export type Route = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE', Handler>>>;

const EXACT: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', { GET: getPage }],
  ['/healthz', { GET: getHealth }],
  ['/readyz', { GET: getReadiness }],
  ['/metrics', { GET: getMetrics }],
  ['/v1/config', { GET: getConfig }],
  ['/v1/layers', { GET: getLayers }],
  ['/v1/identity', { GET: getIdentity }],
  ['/v1/status', { GET: getStatus }],
  ['/v1/generations', { GET: getGenerations }],
  ['/v1/events', { GET: getEvents }],
  ['/v1/refresh', { POST: postRefresh }],
]);

/** Routes whose path goes on with something the handler reads; the one asked most often first. */
const WITH_TAIL: readonly (readonly [string, Route])[] = [
  ['/v1/config/', { GET: getValue }],
  ['/v1/explain/', { GET: getExplanation }],
  ['/v1/overrides/', { PUT: putOverride, DELETE: deleteOverride }],
  ['/v1/generations/', { GET: getGenerationDiff }],
];

/** The route of a path, and how many of its characters are the route's own. */
export function findRoute(path: string): readonly [Route, number] | undefined {
  for (const [start, route] of WITH_TAIL) if (path.startsWith(start)) return [route, start.length];
  const route = EXACT.get(path);
  return route && [route, path.length];
}

export function handlerOf(route: Route, method: string): Handler | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return route.GET;
    case 'POST':
      return route.POST;
    case 'PUT':
      return route.PUT;
    case 'DELETE':
      return route.DELETE;
    default:
      return undefined;
  }
}

/** The `Allow` field of a 405. */
export function allowedMethods(route: Route): string {
  return Object.keys(route)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ');
}
