const SHEBANG = [0x23, 0x21];
const ELF = [0x7f, 0x45, 0x4c, 0x46];

/** The kernel reads no more of a file to find the interpreter (BINPRM_BUF_SIZE). */
const MAX_SHEBANG = 256;

/**
 * How to run a script without executing its file: the run folder is mounted noexec on many hosts. As execve(2) reads
 * `#!`: the interpreter and at most one argument. No `#!`: /bin/sh, as a shell would. A program runs as it is.
 */
export function argvOf(content: Uint8Array, path: string): readonly [string, ...string[]] {
  if (startsWith(content, ELF)) return [path];
  if (!startsWith(content, SHEBANG)) return ['/bin/sh', path];
  const line = new TextDecoder().decode(content.subarray(2, MAX_SHEBANG)).split('\n', 1)[0] ?? '';
  const [, interpreter, argument] = /^[ \t]*([^ \t\r]+)[ \t]*(.*?)[ \t\r]*$/.exec(line) ?? [];
  if (interpreter === undefined) return ['/bin/sh', path];
  return argument ? [interpreter, argument, path] : [interpreter, path];
}

function startsWith(content: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => content[index] === byte);
}
