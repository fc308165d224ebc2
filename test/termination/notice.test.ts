import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ITEMS, type Notice } from '#agent/termination/notice.ts';

function read(path: string, text: string): readonly Notice[] | undefined {
  const item = ITEMS.find((one) => one.path.endsWith(path));
  if (!item) throw new Error(`no item ${path}`);
  return item.read(text);
}

describe('spot/instance-action', () => {
  // EC2 User Guide, "Spot Instance interruption notices".
  it('is an action and a time', () => {
    expect(read('instance-action', '{"action": "stop", "time": "2017-09-18T08:22:00Z"}')).toEqual([
      { source: 'spot', action: 'stop', at: '2017-09-18T08:22:00Z' },
    ]);
  });

  it('counts without its time, and not without its action', () => {
    expect(read('instance-action', '{"action":"terminate","time":"soon"}')).toEqual([
      { source: 'spot', action: 'terminate' },
    ]);
    expect(read('instance-action', '{"time":"2017-09-18T08:22:00Z"}')).toBeUndefined();
  });
});

describe('events/recommendations/rebalance', () => {
  // EC2 User Guide, "EC2 instance rebalance recommendations".
  it('is the time it was noticed', () => {
    expect(read('rebalance', '{"noticeTime": "2020-10-27T08:22:00Z"}')).toEqual([
      { source: 'rebalance', action: 'recommended', at: '2020-10-27T08:22:00Z' },
    ]);
  });
});

describe('autoscaling/target-lifecycle-state', () => {
  it.each(['InService', 'Terminated', 'Warmed:Stopped', 'Detached'])('is a word: %s', (state) => {
    expect(read('target-lifecycle-state', `${state}\n`)).toEqual([{ source: 'autoscaling', action: state }]);
  });

  it('is no page of a portal', () => {
    expect(read('target-lifecycle-state', '<html>Terminated</html>')).toBeUndefined();
    expect(read('target-lifecycle-state', '')).toBeUndefined();
  });
});

describe('events/maintenance/scheduled', () => {
  // EC2 User Guide, "View scheduled events" through instance metadata.
  const event = {
    NotBefore: '21 Jan 2019 09:00:43 GMT',
    Code: 'system-reboot',
    Description: 'scheduled reboot',
    EventId: 'instance-event-0d59937288b749b32',
    NotAfter: '21 Jan 2019 09:17:23 GMT',
    State: 'active',
  };

  it('is a list of events with dates in a form of their own', () => {
    expect(read('scheduled', JSON.stringify([event]))).toEqual([
      {
        source: 'maintenance',
        action: 'system-reboot',
        at: '2019-01-21T09:00:43Z',
        id: 'instance-event-0d59937288b749b32',
        state: 'active',
      },
    ]);
  });

  it('is mostly empty', () => {
    expect(read('scheduled', '[]')).toEqual([]);
    expect(read('scheduled', '')).toEqual([]);
  });

  it('is malformed when one event is', () => {
    expect(read('scheduled', JSON.stringify([event, { Code: 7 }]))).toBeUndefined();
    expect(read('scheduled', '[null]')).toBeUndefined();
    expect(read('scheduled', '{}')).toBeUndefined();
  });
});

it('no text makes an item throw', () => {
  const text = fc.oneof(fc.string(), fc.json());
  fc.assert(
    fc.property(fc.constantFrom(...ITEMS), text, (item, said) => {
      const notices = item.read(said);
      return notices === undefined || Array.isArray(notices);
    }),
  );
});
