/** Text, or what a list of a YAML or JSON layer holds. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface ConnectOptions {
  /** Unix socket of the agent. Default: `LANDFALL_SOCKET`, else /run/landfall/landfall.sock. */
  readonly socket?: string;
  /** The port instead of the socket: http://127.0.0.1:5263. */
  readonly url?: string;
  /** For secrets over the port; over the socket none is needed. */
  readonly token?: string;
  /** A file that holds it, read at each request: a token that is new is taken up. */
  readonly tokenFile?: string;
  /** How long to wait for an agent with a configuration, in ms; default 30,000. */
  readonly wait?: number;
}

export interface Problem {
  readonly code: string;
  /** Names the key, never its value. */
  readonly message: string;
}

/** One generation, whole. It never changes. */
export interface Snapshot {
  readonly generation: number;
  readonly release: string | null;
  readonly digest: string;
  readonly region: string;
  readonly zone: string;
  readonly account: string;
  readonly role: string | null;
  readonly environment: string | null;
  readonly instanceId: string;
  readonly activatedAt: string;
  readonly etag: string;
  /** Secrets that are left out, for want of a token. */
  readonly withheld: readonly string[];
  get(key: string): string | undefined;
  raw(key: string): Json | undefined;
  keys(): string[];
}

/** A typed key that follows the configuration. */
export interface Property<T> {
  readonly key: string;
  /** Of the key; else the last one that was of this type; else the default. */
  readonly value: T;
  get(): T;
  readonly problem: Problem | undefined;
  /** @returns what ends it. */
  onChange(listener: (value: T) => unknown): () => void;
}

interface Reading<T> {
  (fallback: T): Property<T>;
  (): Property<T | undefined>;
}

export interface PropertyReader {
  asString: Reading<string>;
  asBoolean: Reading<boolean>;
  /** Up to 2^53 - 1. */
  asInteger: Reading<number>;
  asNumber: Reading<number>;
  /** Milliseconds. */
  asDuration: Reading<number>;
  /** Bytes. */
  asSize: Reading<number>;
  asList: Reading<readonly Json[]>;
  asMap: Reading<ReadonlyMap<string, string>>;
  asJson: Reading<Json>;
  /** `read` gives undefined, or throws, where the text does not fit. */
  asType<T>(read: (text: string) => T | undefined, fallback: T): Property<T>;
}

export interface Configuration {
  readonly snapshot: Snapshot;
  readonly problem: Error | undefined;
  get(key: string): string | undefined;
  get(key: string, fallback: string): string;
  property(key: string): PropertyReader;
  /** @returns what ends it. */
  onChange(listener: (snapshot: Snapshot) => unknown): () => void;
  close(): void;
}

export class LandfallError extends Error {
  readonly code: string;
}

export function connect(options?: ConnectOptions): Promise<Configuration>;
