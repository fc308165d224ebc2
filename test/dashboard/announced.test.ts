import { expect, it } from 'vitest';
import { toneOfNotice } from '#agent/dashboard/page/announced.ts';

it.each([
  ['spot', 'terminate', undefined, 'bad'],
  ['spot', 'hibernate', undefined, 'bad'],
  ['rebalance', 'recommended', undefined, 'warn'],
  ['maintenance', 'system-reboot', 'active', 'warn'],
  ['maintenance', 'system-reboot', 'canceled', 'plain'],
  ['maintenance', 'system-reboot', 'completed', 'plain'],
  ['autoscaling', 'InService', undefined, 'plain'],
  ['autoscaling', 'Warmed:Stopped', undefined, 'plain'],
  ['autoscaling', 'Terminated', undefined, 'bad'],
  ['autoscaling', 'Warmed:Terminated', undefined, 'bad'],
])('%s %s %s is %s', (source, action, state, tone) => {
  expect(toneOfNotice({ source, action, ...(state === undefined ? {} : { state }) })).toBe(tone);
});
