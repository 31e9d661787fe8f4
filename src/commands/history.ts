/** `--history`: the series of free addresses that a Prometheus kept. */
import type { InspectFlags } from '../cli/inspect.ts';
import { CollectFailure } from '../inspect/collect/failure.ts';
import type { Older } from '../inspect/report/since/build.ts';
import type { ClusterSnapshot } from '../inspect/snapshot.ts';
import { UsageError } from './exit-code.ts';
import type { Io } from './io.ts';
import { readInput } from './read-input.ts';
import { milliseconds } from './target.ts';

type HistoryFlags = Pick<InspectFlags, 'history' | 'historyTokenFile' | 'historyBasicFile' | 'historyDays' | 'timeout'>;

const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;
const DEFAULT_TIMEOUT = '60s';

/**
 * The series of the snapshot's subnets up to its moment; empty where none was asked for. A server that does not answer is no
 * error of the command: the runways are unknown then, and the report says why.
 *
 * @throws UsageError for a URL or a file that is none
 */
export async function readHistory(
  io: Io,
  flags: HistoryFlags,
  { subnets, collectedAt }: ClusterSnapshot,
): Promise<Pick<Older, 'history' | 'unread'>> {
  const { history: url, historyDays = DEFAULT_DAYS } = flags;
  if (url === undefined) {
    if (flags.historyTokenFile !== undefined || flags.historyBasicFile !== undefined)
      throw new UsageError('--history-token-file and --history-basic-file go with --history URL');
    return {};
  }
  const { readPrometheus, shownUrl } = await import('../inspect/collect/history/prometheus.ts');
  const from = shown(url, shownUrl);
  const to = Date.parse(collectedAt);
  const [bearerToken, basic] = [await secret(io, flags.historyTokenFile), await secret(io, flags.historyBasicFile)];
  try {
    const series = await readPrometheus({
      url,
      ...(bearerToken === undefined ? {} : { bearerToken }),
      ...(basic === undefined ? {} : { basic }),
      subnetIds: 'data' in subnets ? subnets.data.map((s) => s.subnetId) : [],
      from: to - historyDays * DAY_MS,
      to,
      env: io.env,
      timeoutMs: milliseconds(flags.timeout ?? DEFAULT_TIMEOUT),
    });
    return series.size > 0 ? { history: { series, from } } : { unread: [`${from} has no series of these subnets`] };
  } catch (error) {
    if (error instanceof CollectFailure) return { unread: [`the history was not read: ${error.message}`] };
    throw error;
  }
}

function shown(url: string, shownUrl: (url: string) => string): string {
  try {
    return shownUrl(url);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** One line of a file, which is never shown. */
async function secret(io: Io, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = (await readInput(io, path)).trim();
  if (text === '' || /[^\x20-\x7e]/.test(text)) throw new UsageError(`${path} does not hold one line of plain text`);
  return text;
}
