/**
 * `error`: an address or a name of something in that region (host, ARN, credential scope). `warning`: the region
 * itself is written down (a setting, an SDK constant, a zone). `unknown`: it is bound to some region, and nothing says to
 * which; its kind begins with `region-unknown:`. `info`: a hint, such as a bucket's name. Errors and warnings refuse a
 * generation, the other two only where a policy asks for it.
 */
export type Severity = 'error' | 'warning' | 'unknown' | 'info';

/** One place of a text that ties it to a region. */
export interface Finding {
  /** Null where something is bound to some region that the text does not give: an opaque id, an unknown region. */
  readonly region: string | null;
  /** The shape that was recognised, such as `host`, `arn`, `az-id`, `hint:bucket-name`, `unknown-region`. */
  readonly kind: string;
  readonly severity: Severity;
  /** UTF-16 offsets into the text that was searched; `text` is what lies between them: just the part that names the region. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a judge of one shape says of a name: its kind and weight, or null for "this names no region here". */
export type Verdict = { readonly kind: string; readonly severity: Severity } | null;

export function verdict(severity: Severity, kind: string): Verdict {
  return { kind, severity };
}
