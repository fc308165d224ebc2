/** Where events go. `{date}` may be left in a name: it becomes the day of each event, in UTC (case 59). */
export interface Destination {
  readonly group: string;
  readonly stream: string;
}
