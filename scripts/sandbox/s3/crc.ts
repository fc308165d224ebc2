/** CRC-32C (Castagnoli, RFC 3720), reflected, as 4 big-endian bytes. */
export function crc32c(data: Uint8Array): Buffer {
  let crc = 0xff_ff_ff_ff;
  for (const byte of data) crc = (crc >>> 8) ^ (CRC32C[(crc ^ byte) & 0xff] ?? 0);
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(~crc >>> 0);
  return digest;
}

/**
 * CRC-64/NVME as 8 big-endian bytes; the AWS CLI's default. Two 32-bit halves, because BigInt arithmetic per byte would take
 * seconds for the binaries that people upload.
 */
export function crc64nvme(data: Uint8Array): Buffer {
  let high = 0xff_ff_ff_ff;
  let low = 0xff_ff_ff_ff;
  for (const byte of data) {
    const row = ((low ^ byte) & 0xff) * 2;
    low = ((low >>> 8) | (high << 24)) ^ (CRC64[row + 1] ?? 0);
    high = (high >>> 8) ^ (CRC64[row] ?? 0);
  }
  const digest = Buffer.alloc(8);
  digest.writeUInt32BE(~high >>> 0, 0);
  digest.writeUInt32BE(~low >>> 0, 4);
  return digest;
}

const CRC32C = Uint32Array.from({ length: 256 }, (_, start) => {
  let crc = start;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82_f6_3b_78 : crc >>> 1;
  return crc;
});

const CRC64 = crc64Table();

/** High and low halves in turn. The polynomial 0xAD93D23594C93659, reflected. */
function crc64Table(): Uint32Array {
  const table = new Uint32Array(512);
  for (let start = 0; start < 256; start += 1) {
    let crc = BigInt(start);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
    table.set([Number(crc >> 32n), Number(crc & 0xff_ff_ff_ffn)], start * 2);
  }
  return table;
}
