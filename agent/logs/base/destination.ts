/** Where events go. `{date}` may be left in a name: it becomes the day of each event, in UTC (case 59). */
export interface Destination {
  readonly group: string;
  readonly stream: string;
  /** The stream of what another instance left on this disk, where that is shipped. */
  readonly inheritedStream?: string;
}
