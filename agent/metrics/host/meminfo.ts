/** Bytes. */
export interface Memory {
  readonly total: number;
  readonly free: number;
  readonly available: number;
  readonly buffers: number;
  readonly cached: number;
  readonly reclaimable: number;
  readonly active: number;
  readonly inactive: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

/** `/proc/meminfo`, whose kB are 1024 bytes. Before Linux 3.14 it had no MemAvailable: then what free(1) once took for it. */
export function parseMeminfo(text: string): Memory | undefined {
  const bytes = new Map<string, number>();
  for (const [, name = '', kilobytes] of text.matchAll(/^(.*?):\s+(\d+)/gm)) {
    bytes.set(name, Number(kilobytes) * 1024);
  }
  const total = bytes.get('MemTotal');
  if (total === undefined) return undefined;
  const of = (name: string): number => bytes.get(name) ?? 0;
  return {
    total,
    free: of('MemFree'),
    available: bytes.get('MemAvailable') ?? of('MemFree') + of('Buffers') + of('Cached'),
    buffers: of('Buffers'),
    cached: of('Cached'),
    reclaimable: of('SReclaimable'),
    active: of('Active'),
    inactive: of('Inactive'),
    swapTotal: of('SwapTotal'),
    swapFree: of('SwapFree'),
  };
}
