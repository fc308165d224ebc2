import { good, note, type DoctorFinding } from './finding.ts';
import type { HostRoot } from './host-root.ts';
import { UNITS } from './places/systemd.ts';

const STARTS_US = /^\s*ExecStart\s*=\s*\S*\/landfall(\s|$)/m;

/** Whether systemd, where it runs, starts Landfall at boot. */
export function* checkUnit(root: HostRoot): Generator<DoctorFinding> {
  if (!root.exists('/run/systemd/system')) return;
  const units = UNITS.filter((pattern) => pattern.endsWith('.service'))
    .flatMap((pattern) => root.find(pattern))
    .map((path) => ({ path, text: root.read(path)?.toString('latin1') ?? '' }))
    .filter(({ text }) => STARTS_US.test(text));
  const [unit] = units;
  if (unit === undefined) {
    yield note('unit', 'no systemd unit starts landfall', 'docs/operating.md, "Boot", has one to copy.');
    return;
  }
  const name = unit.path.slice(unit.path.lastIndexOf('/') + 1);
  const isWanted = root.find(`/etc/systemd/system/*.wants/${name}`).length > 0;
  yield isWanted
    ? good('unit', `${name} starts landfall at boot`)
    : note('unit', `${name} is not started at boot`, `systemctl enable ${name}`);
  if (/^\s*Environment\s*=.*\bNODE_OPTIONS=/m.test(unit.text)) {
    yield note(
      'unit',
      `${name} sets NODE_OPTIONS, which the executable does not read`,
      `systemctl edit ${name}`,
    );
  }
}
