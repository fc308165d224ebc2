import { isoTime } from '#kit/iso-time.ts';
import type { LayerReport } from '#config-service';
import { formatDuration } from '#kit/duration.ts';
import { gauge, type Family } from '#kit/metric-family.ts';
import type { StoreReport } from '../configuration/store-follower.ts';

/** The stores in use, as `status` and the layers show them. */
export function storeDocument(report: StoreReport, now: number) {
  const { layer, state, version, readAt, isKept, fault, nextReadAt } = report;
  return {
    layer,
    state,
    version: version ?? null,
    readAt: readAt === undefined ? null : isoTime(readAt),
    age: readAt === undefined ? null : formatDuration(Math.max(0, now - readAt)),
    servedFrom: isKept ? 'last-good' : readAt === undefined ? null : 'store',
    nextReadAt: nextReadAt === undefined ? null : isoTime(nextReadAt),
    failure: fault ? { code: fault.code, message: fault.cause, hint: fault.hint } : null,
  };
}

/** The layers, those of stores with how fresh they are. */
export function layersWithStores(
  layers: readonly LayerReport[],
  reports: readonly StoreReport[],
  now: number,
): readonly LayerReport[] {
  if (reports.length === 0) return layers;
  return layers.map((layer) => {
    const report = reports.find(({ layer: name }) => name === layer.name);
    return report ? { ...layer, store: storeDocument(report, now) } : layer;
  });
}

const STATES = ['fresh', 'stale', 'waiting'] as const;

/** Nothing where there are none. Without names: they would be labels without bound. */
export function storeFamilies(reports: readonly StoreReport[], now: number): readonly Family[] {
  if (reports.length === 0) return [];
  const times = reports.flatMap(({ readAt }) => readAt ?? []);
  const oldest = times.length === reports.length ? Math.min(...times) : undefined;
  return [
    {
      name: 'landfall_stores',
      type: 'gauge',
      help: 'Layers of stores beside the source, by state.',
      samples: STATES.map((state) => ({
        labels: { state },
        value: reports.filter((report) => report.state === state).length,
      })),
    },
    gauge(
      'landfall_stores_oldest_age_seconds',
      'Time since the last good reading of the store that was read longest ago.',
      oldest === undefined ? undefined : Math.max(0, now - oldest) / 1000,
    ),
  ];
}
