/**
 * One connection to one API server, shared by all collectors: few parallel requests, retries, credentials renewed once
 * when refused, and every request accounted for.
 */
import type { Gap } from '../../snapshot/section.ts';
import { CollectFailure } from '../failure.ts';
import { limit } from '../limit.ts';
import type { RequestRecord } from '../source-log.ts';
import type { KubernetesAccess } from './access.ts';
import { type Ask, whole } from './ask.ts';
import { type ClusterConnection, CredentialsError } from './connection.ts';
import { Discovery, type DiscoveryCache } from './discovery.ts';
import { DEFAULT_LIMITS, type GetLimits, get, type Reply } from './http/get.ts';
import { networkFailure } from './http/network-failure.ts';
import { foreignFailure, isForeign, jsonOf, messageOf } from './http/replies.ts';
import { isRetryable, MAX_RETRIES, waitBeforeRetry } from './http/retry.ts';
import { pagedAccess } from './paged-access.ts';
import { type Wire, Wires } from './wires.ts';

export interface SessionOptions {
  readonly userAgent?: string;
  /** Parallel requests; few, because the API server's own limits are shared with the cluster's controllers. */
  readonly concurrency?: number;
  readonly limits?: Partial<GetLimits>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Waits between retries; tests do not. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** For whom a request is made, and where its account and its gaps go. */
export interface AccessContext {
  readonly section: string;
  readonly signal: AbortSignal;
  readonly record: (request: RequestRecord) => void;
  /** Told of what a list lacks although it succeeded. */
  readonly gap: (gap: Gap) => void;
}

export interface KubernetesSession {
  readonly access: (context: AccessContext) => KubernetesAccess;
  readonly close: () => void;
}

/**
 * Each request in flight takes a TLS connection of its own over HTTP/1.1. Two: pods, the longest list, keep one busy, all other
 * lists take turns on the second. A third would save nothing, and handshakes cost the most of a run on a small cluster.
 */
const CONNECTIONS = 2;

export function openSession(connection: ClusterConnection, options: SessionOptions = {}): KubernetesSession {
  const session = new Session(connection, options);
  return {
    access: (context) => pagedAccess((ask) => session.ask(ask, context), session.discovery(context), context),
    close: () => session.close(),
  };
}

type Call = Omit<Ask<unknown>, 'read'>;

class Session {
  readonly host: string;
  readonly #connection: ClusterConnection;
  readonly #options: SessionOptions;
  readonly #limits: GetLimits;
  readonly #inTurn: <T>(run: () => Promise<T>) => Promise<T>;
  readonly #wires: Wires;
  #answered = false;
  /** Why nothing can be reached; the rest of the requests need not find out again. */
  #unreachable: CollectFailure | undefined;
  readonly #served: DiscoveryCache = new Map();

  constructor(connection: ClusterConnection, options: SessionOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const concurrency = options.concurrency ?? CONNECTIONS;
    this.#inTurn = limit(concurrency);
    this.#wires = new Wires(connection, { env: options.env ?? process.env, maxSockets: concurrency });
    this.host = new URL(connection.server).host;
  }

  /** A group is asked for once, by whichever section needs it first. */
  discovery(context: AccessContext): Discovery {
    return new Discovery(async (path) => {
      const reply = await this.ask({ call: `get ${path}`, path, read: whole }, context);
      if (reply.status === 404) return undefined;
      const body = jsonOf(reply);
      if (reply.status === 200 && body) return body;
      throw new CollectFailure('other', `discovery of ${path} failed: ${messageOf(reply)}`);
    }, this.#served);
  }

  /**
   * Sends one request and reads any reply of the API that is final: 2xx, 403, 404, 410, 400.
   * @throws CollectFailure for everything else
   */
  async ask<T>(ask: Ask<T>, context: AccessContext): Promise<T> {
    const started = performance.now();
    let retries = 0;
    const account = (outcome: RequestRecord['outcome'], items: number) =>
      context.record({
        section: context.section,
        call: ask.call,
        milliseconds: performance.now() - started,
        items,
        retries,
        outcome,
      });
    try {
      const reply = await this.#inTurn(() => this.#persist(ask, context.signal, () => retries++));
      const { value, items } = ask.read(reply);
      account(outcomeOf(reply), items);
      return value;
    } catch (error) {
      const failure = context.signal.aborted ? outOfTime(ask.call) : toFailure(error);
      account(failure.kind, 0);
      throw failure;
    }
  }

  close(): void {
    this.#wires.close();
  }

  async #persist(ask: Call, signal: AbortSignal, onRetry: () => void): Promise<Reply> {
    let renewed = false;
    let stalls = 0;
    for (let attempt = 0; ; attempt++) {
      if (this.#unreachable) throw this.#unreachable;
      const used = this.#wires.current();
      const outcome = await this.#once(ask, await used, signal);
      if (outcome instanceof Error) {
        // a silence is long: it is given one more chance
        if (outcome.failure.kind === 'timeout') stalls++;
        if (!outcome.retry || stalls > 1 || attempt >= MAX_RETRIES) throw outcome.failure;
      } else if (outcome.status === 401 && !renewed) {
        renewed = true;
        this.#wires.renew(used);
        onRetry();
        continue;
      } else if (!isRetryable(outcome.status) || attempt >= MAX_RETRIES) {
        return this.#checked(outcome, ask);
      }
      onRetry();
      const retryAfter = outcome instanceof Error ? undefined : outcome.retryAfter;
      await this.#sleep(waitBeforeRetry(attempt, retryAfter, Date.now(), Math.random()), signal);
    }
  }

  async #once(ask: Call, wire: Wire, signal: AbortSignal): Promise<Reply | Broken> {
    const { agent, credentials, secureContext } = wire;
    const headers = {
      accept: ask.accept ?? 'application/json',
      'user-agent': this.#options.userAgent ?? 'vpccni',
      ...credentials.headers,
    };
    try {
      const reply = await get(
        new URL(this.#connection.server + ask.path),
        {
          agent,
          headers,
          ...(secureContext ? { secureContext } : {}),
          ...(credentials.tls.serverName ? { serverName: credentials.tls.serverName } : {}),
          ...(credentials.tls.insecure ? { insecure: true } : {}),
        },
        this.#limits,
        signal,
        ask.head,
      );
      this.#answered = true;
      return reply;
    } catch (error) {
      if (signal.aborted) throw error;
      const { failure, retry, fatal } = networkFailure(error, this.#connection.server, this.#connection.origin);
      if (fatal && !this.#answered) this.#unreachable = failure;
      return new Broken(failure, retry);
    }
  }

  #checked(reply: Reply, ask: Call): Reply {
    if (reply.status === 401)
      throw new CollectFailure(
        'credentials',
        `${this.host} does not accept the credentials of ${this.#connection.origin} (401 Unauthorized): expired, or without an EKS access entry`,
      );
    if (isForeign(reply)) throw foreignFailure(reply, this.host);
    if (reply.status === 429)
      throw new CollectFailure('throttled', `${ask.call}: ${messageOf(reply)} (after ${MAX_RETRIES} retries)`);
    if (reply.status >= 500)
      throw new CollectFailure('other', `${ask.call}: ${this.host} answered HTTP ${reply.status}: ${messageOf(reply)}`);
    return reply;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#options.sleep) return this.#options.sleep(ms, signal);
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(ms, undefined, { signal });
  }
}

class Broken extends Error {
  readonly failure: CollectFailure;
  readonly retry: boolean;

  constructor(failure: CollectFailure, retry: boolean) {
    super(failure.message);
    this.failure = failure;
    this.retry = retry;
  }
}

function outcomeOf(reply: Reply): RequestRecord['outcome'] {
  if (reply.status === 403) return 'denied';
  if (reply.status === 404) return 'not-found';
  return reply.status === 200 ? 'ok' : 'other';
}

function outOfTime(call: string): CollectFailure {
  return new CollectFailure('timeout', `${call} was not finished when the time was up`);
}

function toFailure(error: unknown): CollectFailure {
  if (error instanceof CollectFailure) return error;
  if (error instanceof CredentialsError) return new CollectFailure('credentials', error.message, { cause: error });
  return new CollectFailure('other', error instanceof Error ? error.message : String(error), { cause: error });
}
