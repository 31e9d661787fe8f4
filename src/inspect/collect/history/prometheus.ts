/**
 * Series of free addresses and /28 from a Prometheus, or what speaks its query API (Mimir, Thanos, Amazon Managed Prometheus
 * behind a proxy that signs): `GET /api/v1/query_range` and nothing else.
 */
import { CollectFailure } from '../failure.ts';
import { makeAgent } from '../kubernetes/http/agent.ts';
import { type GetLimits, type GetTarget, get } from '../kubernetes/http/get.ts';
import { networkFailure } from '../kubernetes/http/network-failure.ts';
import { textOf } from '../kubernetes/http/replies.ts';

export interface PrometheusQuestion {
  /** Base URL; a path before `/api/v1` stays. A user and password in it are sent as basic auth. */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`; beats what the URL holds. */
  readonly bearerToken?: string;
  /** `user:password`. */
  readonly basic?: string;
  readonly subnetIds: readonly string[];
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

export interface PrometheusSeries {
  readonly addresses: readonly Sample[];
  readonly blocks: readonly Sample[];
}

/** Names of `-o openmetrics`; the label `subnet` holds the id. */
const METRICS = { addresses: 'vpccni_subnet_free_addresses', blocks: 'vpccni_subnet_free_blocks' } as const;

/** Prometheus answers at most 11,000 points a series; a slope needs far fewer. */
const MOST_POINTS = 1000;
/** A month of a scrape a minute is thinned to three quarters of an hour. */
const LEAST_STEP_SECONDS = 60;
/** Ids in one query: the URL stays below what proxies take. */
const IDS_A_QUERY = 40;
const LIMITS: GetLimits = { connectMs: 10_000, idleMs: 60_000, maxBytes: 64 * 1024 * 1024 };

/** The URL as it may be shown: without what was in it to log in with. @throws CollectFailure where it is no http URL */
export function shownUrl(url: string): string {
  const base = parsed(url);
  base.username = '';
  base.password = '';
  return base.href.replace(/\/$/, '');
}

/**
 * Series by subnet id; a subnet without one is not in it. Several series of one subnet, of two scrapers say, are one: the least.
 *
 * @throws CollectFailure with one line: unreachable, refused, or a page that is no answer of Prometheus
 */
export async function readPrometheus(question: PrometheusQuestion): Promise<ReadonlyMap<string, PrometheusSeries>> {
  const base = parsed(question.url);
  const target: GetTarget = {
    agent: await makeAgent({ server: base.href, env: question.env, maxSockets: 4 }),
    headers: { accept: 'application/json', ...authorization(question, base) },
  };
  base.username = '';
  base.password = '';
  const signal = AbortSignal.timeout(question.timeoutMs);
  const found = new Map<string, { addresses: Sample[]; blocks: Sample[] }>();
  try {
    for (const [of, metric] of Object.entries(METRICS) as ['addresses' | 'blocks', string][])
      for (const ids of chunks(question.subnetIds)) {
        const url = queryUrl(base, metric, ids, question);
        for (const [subnet, samples] of await matrix(url, target, signal)) {
          const series = found.get(subnet) ?? { addresses: [], blocks: [] };
          found.set(subnet, series);
          series[of].push(...samples);
        }
      }
  } finally {
    target.agent.destroy();
  }
  return found;
}

function parsed(url: string): URL {
  let base: URL;
  try {
    base = new URL(url);
  } catch {
    throw new CollectFailure('other', 'the URL of the history is none; write http://prometheus:9090');
  }
  if (base.protocol !== 'http:' && base.protocol !== 'https:')
    throw new CollectFailure('other', `the history is read over http or https, not ${base.protocol}`);
  return base;
}

function authorization({ bearerToken, basic }: PrometheusQuestion, base: URL): Record<string, string> {
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken}` };
  const inUrl = base.username ? `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}` : undefined;
  const pair = basic ?? inUrl;
  return pair === undefined ? {} : { authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

function* chunks(ids: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < ids.length; i += IDS_A_QUERY) yield ids.slice(i, i + IDS_A_QUERY);
}

function queryUrl(base: URL, metric: string, ids: readonly string[], { from, to }: PrometheusQuestion): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/api/v1/query_range`;
  // Ids are letters, digits and dashes; anything else would be another query.
  const wanted = ids.filter((id) => /^[A-Za-z0-9-]+$/.test(id)).join('|');
  const step = Math.max(LEAST_STEP_SECONDS, Math.ceil((to - from) / 1000 / MOST_POINTS));
  url.search = new URLSearchParams({
    query: `min by (subnet) (${metric}{subnet=~"${wanted}"})`,
    start: String(Math.floor(from / 1000)),
    end: String(Math.floor(to / 1000)),
    step: String(step),
  }).toString();
  return url;
}

async function matrix(
  url: URL,
  target: GetTarget,
  signal: AbortSignal,
): Promise<readonly (readonly [string, readonly Sample[]])[]> {
  const reply = await get(url, target, LIMITS, signal).catch((error: unknown) => {
    if (signal.aborted) throw new CollectFailure('timeout', `${url.host}: no answer in time`);
    throw networkFailure(error, url.origin, 'the system').failure;
  });
  if (reply.status === 401 || reply.status === 403)
    throw new CollectFailure('denied', `${url.host} refuses the history (${reply.status}); give it a token or a user`);
  const body = answerIn(textOf(reply));
  if (!body)
    throw new CollectFailure(
      'other',
      `what ${url.origin}${url.pathname} answers (${reply.status}) is no answer of Prometheus`,
    );
  if (body.status !== 'success' || !Array.isArray(body.data?.result))
    throw new CollectFailure('other', `${url.host}: ${oneLine(String(body.error ?? `status ${reply.status}`))}`);
  return body.data.result.flatMap((series) => {
    const subnet = series?.metric?.subnet;
    return typeof subnet === 'string' && Array.isArray(series?.values)
      ? [[subnet, samplesOf(series.values)] as const]
      : [];
  });
}

interface Answer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: {
    readonly result?: readonly ({
      readonly metric?: { readonly subnet?: unknown };
      readonly values?: readonly unknown[];
    } | null)[];
  };
}

function answerIn(body: string): Answer | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null && 'status' in json ? json : undefined;
  } catch {
    return undefined;
  }
}

/** Pairs of seconds and a number as text; `NaN` and infinities are no sample. */
function samplesOf(values: readonly unknown[]): readonly Sample[] {
  return values.flatMap((pair) => {
    const [seconds, text] = Array.isArray(pair) ? pair : [];
    const value = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN;
    return typeof seconds === 'number' && Number.isFinite(value) ? [{ at: Math.round(seconds * 1000), value }] : [];
  });
}

function oneLine(text: string): string {
  return text.split('\n')[0]!.slice(0, 200);
}
