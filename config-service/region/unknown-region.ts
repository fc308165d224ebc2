import type { RegionName } from './region-name.ts';

/** What stands before a value, with the key of it. */
const KEY = /([\w.-]+)["'`]?\s*(?:=>|:=|=|:|\s)\s*["'`]?$/;
const OPTION = /--?(?:[\w-]*)(?:region|zone)[\s=]["'`]?$/i;
const ABOUT_REGION = /region|zone(?!s?\.)|(?:^|[_.-])az(?:$|[_.-])/i;
const AWS = /(?:^|[^a-z])aws(?:[^a-z]|$)|AwsRegion/i;

/**
 * Whether a region that this build does not know is written down as one: other clouds have a `uk-south-1`, too, so either
 * AWS is named with it, or it is the next of a row that AWS has and the setting is about regions.
 */
export function isSettingOfUnknown(text: string, name: RegionName): boolean {
  const before = text.slice(Math.max(0, name.start - 160), name.start);
  if (OPTION.test(before)) return name.sibling || AWS.test(before);
  const key = KEY.exec(before)?.[1];
  return key !== undefined && ABOUT_REGION.test(key) && (name.sibling || AWS.test(key));
}
