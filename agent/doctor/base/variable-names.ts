/** What a variable does to the programs that are started with it. */
export type VariableKind = 'region' | 'endpoint' | 'pointer' | 'keys' | 'legacy';

/**
 * Variables that lead AWS programs to a region or an account (AWS SDKs and Tools Reference Guide, "Environment
 * variables"; the EC2_ ones are those of the first command line tools and of boto). Landfall takes its region from none.
 */
const KINDS: ReadonlyMap<string, VariableKind> = new Map([
  ['AWS_REGION', 'region'],
  ['AWS_DEFAULT_REGION', 'region'],
  ['EC2_REGION', 'region'],
  ['AWS_PROFILE', 'pointer'],
  ['AWS_DEFAULT_PROFILE', 'pointer'],
  ['AWS_CONFIG_FILE', 'pointer'],
  ['AWS_SHARED_CREDENTIALS_FILE', 'pointer'],
  ['AWS_ACCESS_KEY_ID', 'keys'],
  ['AWS_SECRET_ACCESS_KEY', 'keys'],
  ['AWS_SESSION_TOKEN', 'keys'],
  // `legacy` sends calls to a global endpoint, which is in us-east-1; `regional` is what one wants.
  ['AWS_STS_REGIONAL_ENDPOINTS', 'legacy'],
  ['AWS_S3_US_EAST_1_REGIONAL_ENDPOINT', 'legacy'],
  ['EC2_URL', 'endpoint'],
]);

const ENDPOINT_URL = /^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$/;

export function variableKind(name: string): VariableKind | undefined {
  return KINDS.get(name) ?? (ENDPOINT_URL.test(name) ? 'endpoint' : undefined);
}

export function namesOfKind(...kinds: readonly VariableKind[]): readonly string[] {
  return [...KINDS].filter(([, kind]) => kinds.includes(kind)).map(([name]) => name);
}
