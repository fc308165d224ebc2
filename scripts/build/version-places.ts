/**
 * Where the version of this repository stands: each file with the texts around it, `{}` in its place. What was measured with one, as in
 * docs/head-to-head.md, keeps it.
 */
export const VERSION_PLACES: Readonly<Record<string, readonly string[]>> = {
  'package.json': ['"name": "landfall",\n  "version": "{}"'],
  'package-lock.json': [
    '"name": "landfall",\n  "version": "{}"',
    '"name": "landfall",\n      "version": "{}"',
  ],
  'agent/version.ts': ["VERSION = '{}'"],
  'clients/javascript/package.json': ['"version": "{}"'],
  'clients/python/pyproject.toml': ['\nversion = "{}"'],
  'README.md': ['\nlandfall {}  ready'],
  'docs/packages.md': ['./landfall-{}-linux-'],
};
