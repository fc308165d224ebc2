/**
 * Every path of the API and the methods that it takes, as OpenAPI writes them: what is in braces the handler reads. HEAD is GET without
 * the body. Of those that go on with something the one asked most often comes first. The route table and the document of the API
 * (docs/openapi.json) have a type error where they do not say all of this.
 */
export const PATHS = {
  '/': ['GET'],
  '/healthz': ['GET'],
  '/readyz': ['GET'],
  '/metrics': ['GET'],
  '/v1/config': ['GET'],
  '/v1/config/{key}': ['GET'],
  '/v1/explain/{key}': ['GET'],
  '/v1/layers': ['GET'],
  '/v1/identity': ['GET'],
  '/v1/status': ['GET'],
  '/v1/generations': ['GET'],
  '/v1/generations/{n}/diff': ['GET'],
  '/v1/events': ['GET'],
  '/v1/refresh': ['POST'],
  '/v1/overrides/{key}': ['PUT', 'DELETE'],
} as const satisfies Readonly<Record<string, readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[]>>;

export type Paths = typeof PATHS;
