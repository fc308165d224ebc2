import type { HostFigures } from '../host/host-figures.ts';
import type { MetricsSettings } from '../base/metrics-settings.ts';
import { classicMeasurements } from './classic-profile.ts';
import { cwagentMeasurements } from './cwagent-profile.ts';
import { defaultMeasurements } from './default-profile.ts';
import type { Measurement } from './measurement.ts';

/** The figures under the names that the plan asks for. */
export function measurementsOf(
  figures: HostFigures,
  {
    profile,
    collect,
    classic,
    dropDevice,
  }: Pick<MetricsSettings, 'profile' | 'collect' | 'classic'> & Partial<Pick<MetricsSettings, 'dropDevice'>>,
): readonly Measurement[] {
  switch (profile) {
    case 'default':
      return defaultMeasurements(figures, collect);
    case 'classic':
      return classicMeasurements(figures, collect, classic);
    case 'cwagent':
      return cwagentMeasurements(figures, collect, dropDevice);
    default:
      return profile satisfies never;
  }
}
