import type { Handler } from '../http/exchange.ts';
import { getConfig } from './config.ts';
import { getEvents } from './events.ts';
import { getExplanation } from './explain.ts';
import { getGenerationDiff, getGenerations, getLayers } from './generations.ts';
import { deleteOverride, postRefresh, putOverride } from './orders.ts';
import { getPage } from './page.ts';
import type { Paths } from './paths.ts';
import { getHealth, getIdentity, getMetrics, getReadiness, getStatus } from './state.ts';
import { getValue } from './value.ts';

/** Handlers by method. HEAD is GET without the body; what is neither needs authorization. */
export type Route = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE', Handler>>>;

const ROUTES: { readonly [P in keyof Paths]: Readonly<Record<Paths[P][number], Handler>> } = {
  '/': { GET: getPage },
  '/healthz': { GET: getHealth },
  '/readyz': { GET: getReadiness },
  '/metrics': { GET: getMetrics },
  '/v1/config': { GET: getConfig },
  '/v1/config/{key}': { GET: getValue },
  '/v1/explain/{key}': { GET: getExplanation },
  '/v1/layers': { GET: getLayers },
  '/v1/identity': { GET: getIdentity },
  '/v1/status': { GET: getStatus },
  '/v1/generations': { GET: getGenerations },
  '/v1/generations/{n}/diff': { GET: getGenerationDiff },
  '/v1/events': { GET: getEvents },
  '/v1/refresh': { POST: postRefresh },
  '/v1/overrides/{key}': { PUT: putOverride, DELETE: deleteOverride },
};

const ALL: readonly (readonly [string, Route])[] = Object.entries(ROUTES);

const EXACT: ReadonlyMap<string, Route> = new Map(ALL.filter(([path]) => !path.includes('{')));

/** Routes whose path goes on with something the handler reads. */
const WITH_TAIL = ALL.filter(([path]) => path.includes('{')).map(
  ([path, route]) => [path.slice(0, path.indexOf('{')), route] as const,
);

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
