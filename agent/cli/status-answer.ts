import type { StatusDocument } from '../daemon/reporting/status.ts';
import { clientOf, type CliContext, type Flags } from './context.ts';

/** What agents of earlier versions do not say yet. */
type Later = 'activity' | 'boot' | 'leaks' | 'pipelines' | 'secrets' | 'waits';

/** The status of the agent that runs here, which may be an older one. */
export type AnsweredStatus = Omit<StatusDocument, Later> & Partial<Pick<StatusDocument, Later>>;

/** As it was answered, for `--json`, and read. */
export interface StatusAnswer {
  readonly body: string;
  readonly status: AnsweredStatus;
}

/** Asks for `GET /v1/status`. */
export async function askStatus(
  context: CliContext,
  flags: Flags,
  timeoutMs?: number,
): Promise<StatusAnswer> {
  const { body } = await clientOf(context, flags).ask({
    path: '/v1/status',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return { body, status: JSON.parse(body) as AnsweredStatus };
}
