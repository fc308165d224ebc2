import type { Finding } from '#config-service';
import { LIMITS } from './limits.ts';

/**
 * The host, ARN or word around the name of a region, as a range of `text`. Only characters that cannot carry the
 * password of a URL along.
 */
export function excerptOf(text: string, finding: Finding): { start: number; end: number } {
  const { start, end, kind } = finding;
  if (kind.startsWith('base64:')) return { start, end: Math.min(end, start + LIMITS.text) };
  const part = kind === 'arn' ? /[\w.:/-]/ : /[\w.-]/;
  let from = start;
  let to = end;
  while (from > 0 && start - from < LIMITS.text / 2 && part.test(text.charAt(from - 1))) from--;
  while (to < text.length && to - from < LIMITS.text && part.test(text.charAt(to))) to++;
  // A full stop ends a sentence more often than a name.
  while (to > end && /[.:/-]/.test(text.charAt(to - 1))) to--;
  while (from < start && /[.:/-]/.test(text.charAt(from))) from++;
  return { start: from, end: to };
}
