/** What a 64-bit little-endian ELF file has against exploits of memory errors (ELF-64 Object File Format; ld(1), "-z"). */
export interface Hardening {
  /** The whole program lies at an address of its own each time; libraries, heap and stack always do. */
  readonly pie: boolean;
  /** `full`: tables of addresses are read-only once the program runs. */
  readonly relro: 'full' | 'partial' | 'none';
  /** The stack cannot be executed. */
  readonly nx: boolean;
  /** At least some functions look for an overrun of their frame. */
  readonly canary: boolean;
}

const ET_DYN = 3;
const PT_DYNAMIC = 2;
const PT_GNU_STACK = 0x6474e551;
const PT_GNU_RELRO = 0x6474e552;
const PF_X = 1;
const DT_FLAGS = 30n;
const DF_BIND_NOW = 8n;
const DT_FLAGS_1 = 0x6ffffffbn;
const DF_1_NOW = 1n;

export function hardeningOf(file: Buffer): Hardening {
  const start = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  const segments = Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = start + index * size;
    return {
      type: file.readUInt32LE(at),
      flags: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 8)),
      bytes: Number(file.readBigUInt64LE(at + 32)),
    };
  });
  const find = (type: number) => segments.find((segment) => segment.type === type);
  const stack = find(PT_GNU_STACK);
  const dynamic = find(PT_DYNAMIC);
  const bindsNow = dynamic !== undefined && isBoundNow(file, dynamic.offset, dynamic.bytes);
  return {
    pie: file.readUInt16LE(16) === ET_DYN,
    relro: find(PT_GNU_RELRO) === undefined ? 'none' : bindsNow ? 'full' : 'partial',
    nx: stack !== undefined && (stack.flags & PF_X) === 0,
    canary: file.includes('__stack_chk_fail'),
  };
}

/** For people, on one line. */
export function describeHardening(file: Buffer): string {
  const { pie, relro, nx, canary } = hardeningOf(file);
  return [
    pie ? 'PIE' : 'no PIE',
    relro === 'none' ? 'no RELRO' : `${relro} RELRO`,
    nx ? 'NX' : 'executable stack',
    canary ? 'stack canary' : 'no stack canary',
  ].join(', ');
}

function isBoundNow(file: Buffer, from: number, bytes: number): boolean {
  for (let at = from; at < from + bytes; at += 16) {
    const tag = file.readBigUInt64LE(at);
    const value = file.readBigUInt64LE(at + 8);
    if (tag === DT_FLAGS && (value & DF_BIND_NOW) !== 0n) return true;
    if (tag === DT_FLAGS_1 && (value & DF_1_NOW) !== 0n) return true;
  }
  return false;
}
