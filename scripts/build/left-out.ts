import type { Plugin } from 'esbuild';

/**
 * What libraries load for features nobody here uses, per library: commander starts programs of its own name, pino runs
 * transports in threads. Each costs every start a few milliseconds and the daemon about a megabyte.
 */
const LEFT_OUT: readonly { readonly by: string; readonly module: RegExp; readonly instead: string }[] = [
  { by: '/commander/', module: /^(node:)?child_process$/, instead: 'module.exports = {};' },
  { by: '/pino/', module: /^(node:)?worker_threads$/, instead: 'module.exports = { isMainThread: true };' },
  { by: '/pino/', module: /^thread-stream$/, instead: 'module.exports = class {};' },
];

export const leaveOut: Plugin = {
  name: 'left-out',
  setup: (build) => {
    for (const { by, module, instead } of LEFT_OUT) {
      build.onResolve({ filter: module }, ({ path, importer }) => {
        return importer.includes(by) ? { path: `${by}${path}`, namespace: 'left-out' } : undefined;
      });
      build.onLoad({ filter: new RegExp(`^${by}`), namespace: 'left-out' }, ({ path }) => {
        return module.test(path.slice(by.length)) ? { contents: instead, loader: 'js' } : undefined;
      });
    }
  },
};
