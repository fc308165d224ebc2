import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { credentialsFault, type Credentials } from '#agent/aws/credentials.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';

/**
 * The SDK's default chain: environment, profiles and SSO, web identity, container, instance. Operators are no instances,
 * so unlike the agent they are found the way every AWS tool finds them; never more than credentials comes from there.
 */
export async function loadFromDefaultChain(region: string): Promise<Outcome<Credentials>> {
  try {
    const found = await fromNodeProviderChain({ clientConfig: { region } })();
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = found;
    return ok({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...(expiration === undefined ? {} : { expiration: expiration.getTime() }),
    });
  } catch (error) {
    const cause = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    return fail(
      credentialsFault(
        cause,
        'Log in as for the aws command: `aws sso login`, AWS_PROFILE, or keys in the environment.',
      ),
    );
  }
}
