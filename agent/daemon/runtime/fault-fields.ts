import { describeFault, FAULTS, type Fault } from '#kit/errors.ts';
import type { Fields } from '#kit/logger.ts';

/** So many places say where to look; the API and the command line give them all. */
const MOST_PLACES = 20;

/**
 * A fault for the log. Of its problems only code and place, and of a cause that quotes them only the title: such messages
 * may repeat a piece of a value (a host that names another region, an unquoted `!secret` taken for a YAML tag), and no log
 * holds values.
 */
export function faultFields(fault: Fault): Fields {
  const { code, operation, subject, problems = [] } = fault;
  if (problems.length === 0) return { code, error: describeFault(fault) };
  const places = problems.slice(0, MOST_PLACES).map((problem) => {
    return [problem.code, problem.file, problem.line].filter((part) => part !== undefined).join(' ');
  });
  return { code, error: `${operation} ${subject}: ${FAULTS[code].title}`, problems: problems.length, places };
}
