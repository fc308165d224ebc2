/**
 * Over 1,000 polls the anonymous memory of a daemon grows from 20 to 75 MiB by default and to 22 with these
 * (docs/decisions/0003-single-binary.md): garbage is collected early, and optimized code waits for work that is worth it. Once it is
 * busy, what is called 500 times is worth optimizing: a sixth of V8's default, which warms up too slowly. Bytecode that two whole
 * collections have not seen run goes, and what it was compiled to: most of a boot is never run again.
 * None of them may change what compiled code means: `--no-regexp-tier-up`, set while regular expressions lay there as bytecode, had one
 * of 40 boots end in a SIGSEGV, for V8 then calls what it takes for machine code.
 *
 * Not given on the command line of the executable: they would void the code cache of Node's own modules, 20 ms of every start; by
 * the time they are set those are loaded. The caches of what is loaded later are made under them (scripts/build/executable.ts).
 */
export const SETTLED_FLAGS: readonly string[] = [
  '--optimize-for-size',
  '--semi-space-growth-factor=1',
  '--no-maglev',
  '--no-turbofan',
  '--invocation-count-for-turbofan=500',
  '--bytecode-old-age=2',
  '--flush-baseline-code',
];
