import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { credentialsFault, type Credentials } from '#agent/aws/credentials.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { OpsContext } from '../console/context.ts';
import type { GivenCredentials } from './job.ts';

/** How a job's own credentials are loaded; the operator's default chain when the configuration gives none. */
export function loaderOf(
  given: GivenCredentials,
  context: Pick<OpsContext, 'loadCredentials'>,
): OpsContext['loadCredentials'] {
  const { role_arn: role } = given;
  if (role === undefined) return (region) => loadBase(given, context, region);
  return (region) =>
    orFault(given, async () => {
      const base = await loadBase(given, context, region);
      if (base.kind !== 'ok') return base;
      const provider = fromTemporaryCredentials({
        masterCredentials: plain(base.value),
        params: { RoleArn: role, RoleSessionName: 'landfall-sync' },
        clientConfig: { region },
      });
      return ok(credentialsOf(await provider()));
    });
}

/** For messages: which key of the configuration, and never a secret. */
export function originOf({ access_key_id: key, profile, role_arn: role }: GivenCredentials): string {
  const base =
    key !== undefined
      ? `aws_client_config, access_key_id ${key}`
      : profile !== undefined
        ? `aws_client_config, profile ${profile}`
        : 'the default chain (environment, profile, instance)';
  return role === undefined ? base : `${base}, role_arn ${role}`;
}

async function loadBase(
  given: GivenCredentials,
  context: Pick<OpsContext, 'loadCredentials'>,
  region: string,
): Promise<Outcome<Credentials>> {
  const { access_key_id: key, secret_access_key: secret, session_token: token, profile } = given;
  if (key !== undefined && secret !== undefined) {
    return ok({
      accessKeyId: key,
      secretAccessKey: secret,
      ...(token === undefined ? {} : { sessionToken: token }),
    });
  }
  if (key !== undefined || secret !== undefined) {
    const lacking = key === undefined ? 'access_key_id' : 'secret_access_key';
    return fail(
      credentialsFault(`aws_client_config has no ${lacking}`, 'Give both, or none to use the default chain.'),
    );
  }
  if (profile === undefined) return context.loadCredentials(region);
  return orFault(given, async () =>
    ok(credentialsOf(await fromNodeProviderChain({ profile, clientConfig: { region } })())),
  );
}

async function orFault(
  given: GivenCredentials,
  load: () => Promise<Outcome<Credentials>>,
): Promise<Outcome<Credentials>> {
  try {
    return await load();
  } catch (error) {
    const cause = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    return fail(
      credentialsFault(`${originOf(given)} gives none: ${cause}`, 'Check what aws_client_config names.'),
    );
  }
}

type SdkCredentials = Awaited<ReturnType<ReturnType<typeof fromTemporaryCredentials>>>;

function credentialsOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiration,
}: SdkCredentials): Credentials {
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration: expiration.getTime() }),
  };
}

function plain({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
