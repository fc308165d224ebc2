import { fail, ok } from '#kit/outcome.ts';
import { credentialsFault, type LoadCredentials } from './credentials.ts';
import type { Environment } from './endpoint.ts';

/** The keys of the environment, for laptops and tests (`LANDFALL_CREDENTIALS=environment`). No profile, no file. */
export function environmentCredentials(env: Environment): LoadCredentials {
  return async () => {
    const accessKeyId = env['AWS_ACCESS_KEY_ID'];
    const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
    const sessionToken = env['AWS_SESSION_TOKEN'];
    if (!accessKeyId || !secretAccessKey) {
      return fail(
        credentialsFault(
          'the environment holds no keys',
          'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or unset LANDFALL_CREDENTIALS to use the instance role.',
        ),
      );
    }
    return ok({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) });
  };
}
