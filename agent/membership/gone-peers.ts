import type { ListedObject, Peer } from '#config-service';
import { hasLeft, parseMember } from './member.ts';

/** One that was online and is not any more. */
export interface GonePeer extends Pick<Peer, 'id' | 'zone' | 'address'> {
  /** Epoch ms, when this instance learned of it. */
  readonly at: number;
  /** `left`: it said so. `silent`: it says nothing any more, or is none of those that are asked for now. */
  readonly how: 'left' | 'silent';
}

/** As many as anybody reads. */
const MOST = 20;

/** Who went lately: for people. Whoever reads the list of peers has no use for those that do not answer. */
export class GonePeers {
  readonly #place: { readonly prefix: string; readonly region: string };
  #list: readonly GonePeer[] = [];

  constructor(place: { readonly prefix: string; readonly region: string }) {
    this.#place = place;
  }

  /** The latest first. */
  get list(): readonly GonePeer[] {
    return this.#list;
  }

  /** @param objects the listing that made `now` of `before`. */
  note(before: readonly Peer[], now: readonly Peer[], objects: readonly ListedObject[], at: number): void {
    const online = new Set(now.map(({ id }) => id));
    const went = before.filter(({ id }) => !online.has(id));
    const left = went.length === 0 ? new Set() : this.#leavers(objects);
    const news = went.map(({ id, zone, address }): GonePeer => ({
      id,
      zone,
      address,
      at,
      how: left.has(id) ? 'left' : 'silent',
    }));
    const others = this.#list.filter(({ id }) => !online.has(id));
    this.#list = [...news, ...others].slice(0, MOST);
  }

  #leavers(objects: readonly ListedObject[]): ReadonlySet<string> {
    const { prefix, region } = this.#place;
    const ids = objects.filter(hasLeft).map(({ key }) => parseMember(key.slice(prefix.length), region)?.id);
    return new Set(ids.filter((id) => id !== undefined));
  }
}
