import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../wire/exchange.ts';
import { listen } from '../wire/listener.ts';
import type { Listener } from '../wire/listener.ts';
import { serve } from '../wire/serve.ts';
import type { Stage } from '../wire/serve.ts';
import { imdsService } from './imds.ts';
import type { ImdsMode } from './imds.ts';
import type { InstanceFacts } from './identity-document.ts';
import { lookUp } from './metadata.ts';
import { RoleCredentials } from './role-credentials.ts';
import { SessionTokens } from './session-tokens.ts';

export interface InstanceOptions {
  readonly region: string;
  /** Default: `<region>a`. */
  readonly zone?: string;
  readonly instanceId?: string;
  readonly account?: string;
  readonly imageId?: string;
  /** Epoch ms, default now. With the rest it makes the signature, and so what this instance has sealed can be opened. */
  readonly launchedAt?: number;
  readonly instanceType?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Whether IMDS shows the tags (InstanceMetadataTags=enabled). Default true; DescribeTags knows them either way. */
  readonly tagsInMetadata?: boolean;
  /** Default `required`. */
  readonly mode?: ImdsMode;
  /** Name of the role; `null` for an instance without one. Default `landfall`. */
  readonly role?: string | null;
  /** Default 6 h, as EC2. */
  readonly credentialsLifetimeMs?: number;
  /** False takes the identity signatures away. Default true. */
  readonly signed?: boolean;
  readonly userData?: string;
  /** Listens on `::1`, for IPv6 mode. Default false. */
  readonly ipv6?: boolean;
  /** Port of its IMDS. Default: a free one. */
  readonly port?: number;
}

/** An instance: what it is, what may change while it runs, and its own metadata service. */
export interface SandboxInstance extends InstanceFacts {
  /** For `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  readonly imdsUrl: string;
  /** Live, in IMDS and in DescribeTags. */
  readonly tags: Map<string, string>;
  tagsInMetadata: boolean;
  mode: ImdsMode;
  /** Paths of GETs without a token, oldest first: must stay empty. */
  readonly violations: readonly string[];
  /**
   * Sets or, with `undefined`, takes away a value below `/latest/meta-data/`, as `spot/instance-action`,
   * `autoscaling/target-lifecycle-state`, `events/recommendations/rebalance`, `events/maintenance/scheduled`.
   */
  setMetadata(path: string, value: string | undefined): void;
  /** The next read of the credentials gets new ones. */
  rotateCredentials(): void;
  /** Every token handed out answers 401 from now on. */
  revokeTokens(): void;
  /** Another pendingTime, and so another signature; else it is the same instance, as on EC2. */
  stopAndStart(): void;
  close(): Promise<void>;
}

/** EC2 refuses to launch with other keys while tags are in the metadata: they become path segments. */
const TAG_KEY = /^(?!(?:\.|\.\.|_index)$)[\w+\-=.,:@]+$/;
const MOST_VIOLATIONS = 1000;

export async function startInstance(
  stage: Stage,
  facts: InstanceFacts,
  options: InstanceOptions,
): Promise<SandboxInstance> {
  const { clock } = stage;
  const credentials = new RoleCredentials(
    facts.instanceId,
    options.credentialsLifetimeMs ?? 6 * 3_600_000,
    clock,
  );
  const roleName = options.role === undefined ? 'landfall' : options.role;
  const role = roleName === null ? undefined : { name: roleName, credentials: () => credentials.current() };
  let { launchedAt } = facts;
  const overrides = new Map<string, string | undefined>();
  const tokens = new SessionTokens(clock);
  const violations: string[] = [];
  const tags = new Map(Object.entries(options.tags ?? {}));
  const tagsInMetadata = options.tagsInMetadata ?? true;
  const unfit = tagsInMetadata ? [...tags.keys()].find((key) => !TAG_KEY.test(key)) : undefined;
  if (unfit !== undefined)
    throw new Error(`tag key "${unfit}" cannot be shown in instance metadata: EC2 refuses the launch`);

  const service = imdsService({
    get mode() {
      return instance.mode;
    },
    tokens,
    lookUp: (path) =>
      lookUp(
        { ...facts, launchedAt },
        { ...instance, role, overrides, signed: options.signed ?? true, userData: options.userData },
        path,
      ),
    noteTokenless(path) {
      if (violations.length < MOST_VIOLATIONS) violations.push(path);
    },
  });

  const listener: Listener = await listen(
    {
      port: options.port ?? 0,
      host: options.ipv6 ? '::1' : '127.0.0.1',
      onConnection: (socket) => {
        if (instance.mode === 'down') socket.resetAndDestroy();
      },
    },
    async (message: IncomingMessage, response: ServerResponse) => {
      const body = await readBody(message, 4096);
      if (body === undefined) {
        response.writeHead(413, { connection: 'close' }).end();
        return;
      }
      const [path = '/', query] = (message.url ?? '/').split('?', 2);
      const request = {
        method: message.method ?? 'GET',
        path,
        query: new URLSearchParams(query),
        headers: message.headers,
        body,
        caller: { standing: 'unsigned' as const },
      };
      await serve(stage, service, request, response, { region: facts.region, instanceId: facts.instanceId });
    },
  );

  const instance: SandboxInstance = {
    ...facts,
    imdsUrl: listener.url,
    tags,
    tagsInMetadata,
    mode: options.mode ?? 'required',
    violations,
    setMetadata: (path, value) => void overrides.set(path, value),
    rotateCredentials: () => credentials.rotate(),
    revokeTokens: () => tokens.revokeAll(),
    stopAndStart() {
      // The document says it in whole seconds.
      launchedAt = Math.max(clock.now(), launchedAt + 1000);
      tokens.revokeAll();
    },
    close: () => listener.close(),
  };
  return instance;
}
