import { fromEnv, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { OpsContext } from '../console/context.ts';
import { credentialsFault, type Credentials } from '#agent/aws/credentials.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';

/**
 * The SDK's default chain: environment, profiles and SSO, web identity, container, instance. Operators are no instances,
 * so unlike the agent they are found the way every AWS tool finds them; never more than credentials comes from there.
 */
export async function loadFromDefaultChain(
  region: string,
  env: OpsContext['env'],
): Promise<Outcome<Credentials>> {
  try {
    // As for the aws command, keys in the environment come before AWS_PROFILE; the SDK would take the profile.
    const hasKeys = Boolean(env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY']);
    const provider = hasKeys ? fromEnv() : fromNodeProviderChain({ clientConfig: { region } });
    const found = await provider();
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = found;
    return ok({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...(expiration === undefined ? {} : { expiration: expiration.getTime() }),
    });
  } catch (error) {
    const cause = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    const profile = env['AWS_PROFILE'];
    return fail(
      credentialsFault(
        profile ? `the profile ${profile} (AWS_PROFILE) gives none: ${cause}` : cause,
        'Log in as for the aws command: `aws sso login`, AWS_PROFILE, or keys in the environment.',
      ),
    );
  }
}
