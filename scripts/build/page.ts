import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build as bundle, type Metafile } from 'esbuild';

const SOURCES = 'agent/dashboard/page';

/** Bytes; most who look come through a forwarded port. */
const MOST_BYTES = 150_000;

/** The page for people, as one document. */
export interface BuiltPage {
  /** Path, from the root of the checkout. */
  readonly file: string;
  readonly metafile: Metafile;
}

/** Script and styles in the document, so that one answer is all of it. @param work where it goes. */
export async function buildPage(root: string, work: string): Promise<BuiltPage> {
  const { outputFiles, metafile } = await bundle({
    absWorkingDir: root,
    entryPoints: [join(root, SOURCES, 'main.tsx'), join(root, SOURCES, 'page.css')],
    outdir: join(work, 'page'),
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome123', 'firefox121', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    // The policy of the page knows what is in it by digest, and its bytes are those of its letters in every encoding.
    charset: 'ascii',
    logLevel: 'warning',
  });
  const part = (ending: string): string =>
    (outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '').trim();
  const html = readFileSync(join(root, SOURCES, 'page.html'), 'utf8')
    .replace('/* styles */', () => part('.css'))
    .replace('/* script */', () => part('.js'));
  if (Buffer.byteLength(html) > MOST_BYTES)
    throw new Error(`the page has ${Buffer.byteLength(html)} bytes, ${MOST_BYTES} are allowed`);
  const file = join(work, 'dashboard.html');
  writeFileSync(file, html);
  return { file: relative(root, file), metafile };
}
