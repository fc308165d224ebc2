/** A layer chosen for this instance: its name, and the folder below the source's prefix (the same text). */
export interface LayerRef {
  /** Such as `base`, `role/web`, `role/web/environment/prod`. */
  readonly name: string;
}

/** The raw content of a layer as a source delivered it. */
export interface LayerContent {
  readonly name: string;
  /** Empty when the layer is absent. Sorted by path. */
  readonly files: readonly LayerFile[];
}

export interface LayerFile {
  /** Relative to the layer's folder, such as `app.properties` or `templates/nginx.conf.liquid`. */
  readonly path: string;
  /** The source's own address, such as `s3://bucket/prefix/base/app.properties`. */
  readonly object: string;
  /** Lower-case hex SHA-256 of `bytes`. */
  readonly sha256: string;
  readonly bytes: Uint8Array;
}
