import type { Notice } from './documents.ts';
import type { Tone } from './event-line.ts';

/** How bad it is: `bad` ends this instance, `warn` may, and `plain` is what a group or a maintenance that is over says of itself. */
export function toneOfNotice({ source, action, state }: Notice): Tone {
  switch (source) {
    case 'autoscaling':
      // The target state is there for as long as the instance is, `InService` for the most of it.
      return action.endsWith('Terminated') ? 'bad' : 'plain';
    case 'maintenance':
      return state === 'completed' || state === 'canceled' ? 'plain' : 'warn';
    case 'rebalance':
      return 'warn';
    default:
      return 'bad';
  }
}
