import type { Facts } from '#config-service';
import type { Dimension } from '../base/series.ts';
import type { MetricsSettings, MoreDimension } from '../base/metrics-settings.ts';

/** What the instance carries when an Auto Scaling group launched it. */
const GROUP_TAG = 'aws:autoscaling:groupName';

const NAMES: Readonly<Record<MoreDimension, string>> = {
  autoScalingGroup: 'AutoScalingGroupName',
  instanceType: 'InstanceType',
  imageId: 'ImageId',
  role: 'Role',
  environment: 'Environment',
};

/**
 * Under which dimensions each figure is told: a series, and its price, for each. First the instance's own, then, as
 * mon-put-instance-data.pl has it, the Auto Scaling group, the instance type, the image, and none at all. A fact that
 * this instance does not have gives no series.
 */
export function dimensionSets(
  settings: Pick<MetricsSettings, 'dimensions' | 'aggregated' | 'autoScaling'>,
  facts: Facts,
): readonly (readonly Dimension[])[] {
  const { dimensions, aggregated, autoScaling } = settings;
  const of = (name: MoreDimension): readonly Dimension[] => {
    const value = factOf(name, facts);
    return value === undefined || value === '' ? [] : [{ name: NAMES[name], value }];
  };
  const alone = (name: MoreDimension): readonly (readonly Dimension[])[] => {
    const dimension = of(name);
    return dimension.length === 0 ? [] : [dimension];
  };
  const own = [{ name: 'InstanceId', value: facts.instanceId }, ...dimensions.flatMap(of)];
  return [
    ...(aggregated === 'only' || autoScaling === 'only' ? [] : [own]),
    ...(autoScaling === false ? [] : alone('autoScalingGroup')),
    ...(aggregated === false ? [] : [...alone('instanceType'), ...alone('imageId'), []]),
  ];
}

/** The first dimension that hangs on a tag which this instance does not carry now. */
export function missingDimension(dimensions: readonly MoreDimension[], facts: Facts): string | undefined {
  const missing = dimensions.find((name) => {
    const value = factOf(name, facts);
    return value === undefined || value === '';
  });
  return missing && NAMES[missing];
}

function factOf(name: MoreDimension, facts: Facts): string | undefined {
  return name === 'autoScalingGroup' ? facts.tags.get(GROUP_TAG) : facts[name];
}
