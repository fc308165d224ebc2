import type { TailedFile } from './tailed-file.ts';

/** What one read took from one file, as a stretch of the positions that the source gives its events. */
export interface Segment {
  readonly file: TailedFile;
  /** Positions of the source, and the offset in the file that is at `from`. */
  readonly from: number;
  readonly to: number;
  readonly offset: number;
  /** Behind the last event; `from` when the bytes held none. What follows is done with as soon as this is. */
  readonly lastEnd: number;
  /** The bytes before the stretch and before its end. */
  readonly before: Buffer;
  readonly after: Buffer;
}

/** From positions of the source back to the files: a file moves on when everything before, of any file, is done with. */
export class Acknowledgements {
  #segments: Segment[] = [];
  #position = 0;

  /** Behind everything that was read. */
  get position(): number {
    return this.#segments.at(-1)?.to ?? this.#position;
  }

  /** Files of which something is under way. */
  get files(): ReadonlySet<TailedFile> {
    return new Set(this.#segments.map(({ file }) => file));
  }

  get isDone(): boolean {
    return this.#segments.length === 0;
  }

  read(segment: Segment): void {
    this.#segments.push(segment);
    this.acknowledge(this.#position);
  }

  /** Everything before `end`. */
  acknowledge(end: number): void {
    this.#position = Math.max(this.#position, end);
    let done = 0;
    for (const segment of this.#segments) {
      if (this.#position < segment.lastEnd) {
        if (this.#position > segment.from) moveTo(segment, this.#position);
        break;
      }
      moveTo(segment, segment.to);
      this.#position = Math.max(this.#position, segment.to);
      done += 1;
    }
    this.#segments.splice(0, done);
  }
}

function moveTo({ file, offset, from, to, before, after }: Segment, position: number): void {
  const end = offset + (position - from);
  if (position === to) file.acknowledged.moveTo(end, after, end);
  else file.acknowledged.moveTo(end, before, offset);
}
