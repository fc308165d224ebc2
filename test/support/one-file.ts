import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A program of the tests in one file: it starts three times as fast, which counts where it is started and killed over and over. */
export async function intoOneFile(entry: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    // For libraries in CommonJS: an ES module has no `require`.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  });
}
