import { createHash } from 'node:crypto';

/** Gives the page for people, a document in ASCII that needs nothing else; undefined where there is none. */
export type ReadPage = () => Promise<string | undefined>;

/**
 * What a browser may do with the page: run and draw what is in it, by digest, and ask this API. Nothing is loaded from anywhere, no
 * page of others frames it, and no text ever becomes markup: `trusted-types 'none'` has the browser refuse that.
 */
export function pageHeaders(html: string): readonly string[] {
  const policy = [
    "default-src 'none'",
    `script-src ${sourcesOf(html, 'script')}`,
    `style-src ${sourcesOf(html, 'style')}`,
    "connect-src 'self'",
    // Its own icon.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return [
    'Content-Security-Policy',
    policy.join('; '),
    // For browsers that do not know `frame-ancestors`.
    'X-Frame-Options',
    'DENY',
    'Referrer-Policy',
    'no-referrer',
    'Cross-Origin-Opener-Policy',
    'same-origin',
    'Cross-Origin-Resource-Policy',
    'same-origin',
  ];
}

/** Digests of what stands in these elements (Content Security Policy Level 3, 6.7.2.3), or that there are none. */
function sourcesOf(html: string, element: 'script' | 'style'): string {
  const inner = html.matchAll(new RegExp(`<${element}(?: [^>]*)?>(.*?)</${element}>`, 'gs'));
  const digests = [...inner].map(([, text = '']) => createHash('sha256').update(text).digest('base64'));
  return digests.length === 0 ? "'none'" : digests.map((digest) => `'sha256-${digest}'`).join(' ');
}
