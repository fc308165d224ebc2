/**
 * Over 1,000 polls the anonymous memory of a daemon grows from 20 to 75 MiB by default and to 22 with these
 * (docs/decisions/0003-single-binary.md): garbage is collected early, and optimized code waits for work that is worth it. Once it is
 * busy, what is called 500 times is worth optimizing: a sixth of V8's default, which warms up too slowly. Bytecode that two whole
 * collections have not seen run goes, and what it was compiled to: most of a boot is never run again. Regular expressions are compiled at
 * once: as bytecode first a large one of Node (`net.isIPv6`) takes 4 ms instead of 1, and then those of the guard are compiled twice.
 *
 * Not given on the command line of the executable: they would void the code cache of Node's own modules, 20 ms of every start; by
 * the time they are set those are loaded. The caches of what is loaded later are made under them (scripts/build/executable.ts).
 */
export const SETTLED_FLAGS: readonly string[] = [
  '--optimize-for-size',
  '--no-maglev',
  '--no-turbofan',
  '--invocation-count-for-turbofan=500',
  '--bytecode-old-age=2',
  '--flush-baseline-code',
  '--no-regexp-tier-up',
];
