import { promisify } from 'node:util';
import { constants, gzip, zstdCompress } from 'node:zlib';
import { ok, type Outcome } from '#kit/outcome.ts';
import { keyOf, type ReleaseSite } from '../site/release-site.ts';
import { agentKey, type Arch } from './agent-address.ts';

export interface AgentFile {
  readonly arch: Arch;
  /** SHA-256 of the file itself, in hex. */
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** What user data can unpack: zstd where the AMI has it, gzip everywhere. Each packed once, when the first region lacks it. */
export type Packing = Readonly<Record<Form, () => Promise<Uint8Array>>>;
export type Form = (typeof FORMS)[number];
const FORMS = ['zst', 'gz'] as const;

/** As good as level 19 within some per cent, in a fifth of the time. */
const ZSTD_LEVEL = 12;

export function packingOf({ bytes }: AgentFile): Packing {
  const params = {
    [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL,
    [constants.ZSTD_c_checksumFlag]: 1,
  };
  return {
    zst: once(() => promisify(zstdCompress)(bytes, { params })),
    gz: once(() => promisify(gzip)(bytes)),
  };
}

export interface Uploaded {
  readonly region: string;
  readonly bucket: string;
  /** Of the object that most instances will fetch, `.zst`; the one that ends in `.gz` lies beside it. */
  readonly key: string;
  readonly written: number;
}

/** Both forms into one region's bucket; what is there has the digest in its name and is not written again. */
export async function uploadAgent(
  site: ReleaseSite,
  { arch, digest }: AgentFile,
  packing: Packing,
  tell: (text: string) => void,
): Promise<Outcome<Uploaded>> {
  const key = agentKey(site.prefix, arch, digest);
  const there = await site.store.list(keyOf({ ...site, prefix: '' }, key));
  if (there.kind !== 'ok') return there;
  let written = 0;
  for (const form of FORMS) {
    const name = `${key}.${form}`;
    if (there.value.includes(name)) continue;
    const packed = await packing[form]();
    tell(`${site.region}: ${site.store.address}/${name}, ${(packed.length / 1e6).toFixed(1)} MB`);
    const put = await site.store.put(name, packed, { absent: true });
    if (put.kind !== 'ok') return put;
    if (put.value === 'written') written += 1;
  }
  const bucket = site.store.address.slice('s3://'.length);
  return ok({ region: site.region, bucket, key: `${key}.zst`, written });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
