import type { Shape } from '#config-service';
import type { ShapeName } from '../settings/formats.ts';
import type { Settings } from '../settings/settings.ts';

/** What the settings name, each loaded because it is named. */
export function openShapes(settings: Pick<Settings, 'compat' | 'consulPrefix'>): Promise<readonly Shape[]> {
  return Promise.all(settings.compat.map((name) => LOADS[name](settings)));
}

const LOADS: Readonly<Record<ShapeName, (settings: Pick<Settings, 'consulPrefix'>) => Promise<Shape>>> = {
  consul: async ({ consulPrefix }) =>
    (await import('../shapes/consul/consul-shape.ts')).createConsulShape(consulPrefix),
  spring: async () => (await import('../shapes/spring/spring-shape.ts')).createSpringShape(),
  appconfig: async () => (await import('../shapes/appconfig/appconfig-shape.ts')).createAppconfigShape(),
  archaius: async () => (await import('../shapes/archaius/archaius-shape.ts')).createArchaiusShape(),
};
