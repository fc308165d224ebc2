import type { Arch } from './agent-address.ts';

/** `e_machine` of the ELF header (elf(5)): EM_X86_64 and EM_AARCH64. */
const MACHINES: ReadonlyMap<number, Arch> = new Map([
  [62, 'x64'],
  [183, 'arm64'],
]);

/** The architecture of a 64-bit little-endian ELF executable, or undefined for whatever else it is. */
export function archOfElf(bytes: Uint8Array): Arch | undefined {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64));
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const is64 = header[4] === 2 && header[5] === 1;
  return is64 ? MACHINES.get(header.readUInt16LE(18)) : undefined;
}
