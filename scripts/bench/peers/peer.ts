/** A program that ships log files, as this comparison drives it. */
export interface Peer {
  /** What `--only` names. */
  readonly name: string;
  /** What it was given to lose nothing, in its own words. */
  readonly settings: string;
  find(): Found | Missing;
  /** @param folder is empty and its own, @param log the one file it follows. */
  open(found: Found, folder: string, log: string): Promise<Lane>;
}

export interface Found {
  readonly program: string;
  readonly version: string;
}

/** `missing` says what is, and what to install. */
export interface Missing {
  readonly missing: string;
}

/** How to start one shipper, again and again on one disk, and where its lines arrive. */
export interface Lane extends AsyncDisposable {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly sink: Sink;
}

/** Takes lines and remembers their order. */
export interface Sink {
  /** What has arrived since the last call. */
  read(): readonly string[];
  /** From now on nothing gets through. */
  cut(): void | Promise<void>;
  restore(): void | Promise<void>;
}
