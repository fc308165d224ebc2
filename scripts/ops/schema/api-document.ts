import { HEADERS, RESPONSES } from './api/answers.ts';
import { OPERATIONS } from './api/operations.ts';
import { SCHEMAS } from './api/schemas.ts';

/** The local API as OpenAPI 3.1: docs/openapi.json. Its version is that of the paths (`/v1`), not of the program. */
export function apiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'The local API of Landfall',
      version: '1',
      description:
        'On loopback and on a Unix socket of the instance. docs/api.md says the rest: who may ask, waiting, events. HEAD is GET ' +
        'without the body. Other paths are 404, other methods 405 with `Allow`, both with a problem document. Members may come: ' +
        'readers leave out what they do not know.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:5263' }],
    paths: OPERATIONS,
    components: {
      schemas: SCHEMAS,
      responses: RESPONSES,
      headers: HEADERS,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'the content of `token` in the run directory; over the socket none is needed, its file mode decides',
        },
      },
    },
  };
}
