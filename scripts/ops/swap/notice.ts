import { isoTime } from '#kit/iso-time.ts';
import { printSwapNotice, swapNoticeKey } from '#config-service';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { Patience } from '../across/patience.ts';
import type { OpsContext } from '../console/context.ts';
import { openSite } from '../site/open-site.ts';
import { addressOf, keyOf, type ReleaseSite } from '../site/release-site.ts';
import { valueOf } from '../console/options.ts';

/** Tells agents below their source what is on its way to whom. */
export interface NoticeBoard {
  /** The last word counts; it holds a little longer than the command may take. */
  tell(ids: readonly string[], to: string): Promise<Outcome<void>>;
  /** All is where it should be: claims go by what EC2 shows again. */
  end(): Promise<Outcome<void>>;
}

/** For clocks that differ, and for the same command after a kill to be started in. */
const MARGIN_MS = 120_000;
/** Other writers are swaps of the same thing, of which there is one. */
const MOST_MEETINGS = 3;

/** Opens nothing before the first word. @param address `s3://bucket/prefix`, the source of the agents. */
export function createNoticeBoard(
  address: string,
  region: string,
  context: OpsContext,
  patience: Patience,
): NoticeBoard {
  let opened: Promise<Outcome<ReleaseSite>> | undefined;
  const told = new Set<string>();
  const open = (): Promise<Outcome<ReleaseSite>> => (opened ??= openSite(region, { to: address }, context));
  return {
    tell: async (ids, to) => {
      const site = await open();
      if (site.kind !== 'ok') return site;
      const untilMs = context.clock.now() + patience.remainingMs() + MARGIN_MS;
      const text = printSwapNotice({ to, until: isoTime(untilMs) });
      for (const id of ids) {
        const put = await write(site.value, swapNoticeKey(id), Buffer.from(text, 'utf8'));
        if (put.kind !== 'ok') return put;
        told.add(id);
      }
      return ok(undefined);
    },
    end: async () => {
      if (told.size === 0) return ok(undefined);
      const { store, ...site } = valueOf(await open());
      for (const id of told) {
        const removed = await store.remove(keyOf({ store, ...site }, swapNoticeKey(id)));
        if (removed.kind !== 'ok') return removed;
      }
      return ok(undefined);
    },
  };
}

async function write(site: ReleaseSite, name: string, bytes: Uint8Array): Promise<Outcome<void>> {
  const key = keyOf(site, name);
  for (let left = MOST_MEETINGS; left > 0; left -= 1) {
    const there = await site.store.get(key);
    if (there.kind !== 'ok') return there;
    const put = await site.store.put(key, bytes, there.value ? { etag: there.value.etag } : { absent: true });
    if (put.kind !== 'ok') return put;
    if (put.value === 'written') return ok(undefined);
  }
  return fail({
    code: 'LF_PUBLISH_CONFLICT',
    operation: 'write',
    subject: addressOf(site, name),
    cause: 'somebody else writes it all the time',
    hint: 'See who swaps the same thing.',
  });
}
