import { isStoreLayer, readStoreLayer, type SecretName } from '#config-service';
import type { Grant } from './grant.ts';
import { arnOf, type Needs } from './needs.ts';

/** What layers of other stores, and references to parameters and secrets, are read with. */
export function valueGrants(needs: Needs): readonly Grant[] {
  const { layers, secrets } = needs;
  const parameters = secrets
    .filter(({ service }) => service === 'ssm')
    .map((name) => parameterArn(needs, name));
  const others = secrets.filter(({ service }) => service === 'secretsmanager');
  return [
    ...layers.filter(isStoreLayer).flatMap((name) => storeGrants(needs, name)),
    ...grantOf('ReadParameters', ['ssm:GetParameters'], parameters),
    ...grantOf(
      'ReadSecrets',
      ['secretsmanager:GetSecretValue'],
      others.map((name) => secretArn(needs, name)),
    ),
  ];
}

function storeGrants(needs: Needs, layer: string): readonly Grant[] {
  const address = readStoreLayer(layer);
  const arn = (service: string, resource: string): string => needs.wild(arnOf(needs, service, resource));
  switch (address.kind) {
    case 'ssm': {
      const path = `parameter${address.path}`;
      const below = arn('ssm', `${path}/*`);
      return [
        ...grantOf('ReadParameterLayers', ['ssm:GetParametersByPath'], [arn('ssm', path), below]),
        // SecureStrings below it are read by name, as secrets are.
        ...grantOf('ReadParameters', ['ssm:GetParameters'], [below]),
      ];
    }
    case 'appconfig': {
      // ARNs have the ids of all three, and an order may have their names.
      const profile = arn('appconfig', 'application/*/environment/*/configuration/*');
      const actions = ['appconfig:StartConfigurationSession', 'appconfig:GetLatestConfiguration'];
      return grantOf('ReadAppConfig', actions, [profile]);
    }
    case 'dynamodb': {
      const table = arn('dynamodb', `table/${address.table}`);
      return address.item === undefined
        ? grantOf('ScanTables', ['dynamodb:Scan'], [table])
        : grantOf('ReadItems', ['dynamodb:GetItem'], [table]);
    }
    case 'https':
    case 'unusable':
      return [];
    default:
      return address satisfies never;
  }
}

function grantOf(
  purpose: string,
  actions: readonly string[],
  resources: readonly string[],
): readonly Grant[] {
  return resources.length === 0 ? [] : [{ purpose, actions, resources }];
}

function parameterArn(needs: Needs, { id }: SecretName): string {
  return needs.wild(id.startsWith('arn:') ? id : arnOf(needs, 'ssm', `parameter/${id.replace(/^\//, '')}`));
}

/** Secrets Manager adds six characters to every name; an ARN may be written without. */
function secretArn(needs: Needs, { id }: SecretName): string {
  const arn = id.startsWith('arn:') ? id : arnOf(needs, 'secretsmanager', `secret:${id}`);
  return needs.wild(/^arn:.*-[A-Za-z0-9]{6}$/.test(id) ? arn : `${arn}-??????`);
}
