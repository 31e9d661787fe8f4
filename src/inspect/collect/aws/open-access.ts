/** The access each AWS collector gets: its calls limited, counted in the log, their errors turned into failures. */
import { abortable } from '../abort.ts';
import { CollectFailure } from '../failure.ts';
import { limit } from '../limit.ts';
import type { SourceLog } from '../source-log.ts';
import type { AwsAccess, AwsReply, AwsService, Page } from './access.ts';
import { awsFailure } from './failure.ts';
import type { AwsSession } from './session.ts';

/** `section` is who asks, in `sources`; `declared` the actions it may ask for. */
export type OpenAwsAccess = (section: string, declared: readonly string[]) => AwsAccess;

export interface AwsAccessSettings {
  readonly session: Pick<AwsSession, 'region' | 'clients' | 'endpointOf'>;
  /** Or why it is not known: with that, collectors that ask for it fail. */
  readonly clusterName: string | CollectFailure;
  /** Parallel requests over all services. */
  readonly concurrency: number;
  readonly log: SourceLog;
  readonly signal: AbortSignal;
}

/** EKS control APIs allow few calls a second in an account. */
const EKS_CONCURRENCY = 3;

type Ask = <Out extends AwsReply, T>(iam: string, send: () => Promise<Out>, read: Read<Out, T>) => Promise<T>;

/** Makes of a reply what was asked for, and counts its items for the log. */
type Read<Out, T> = (out: Out) => { readonly value: T; readonly items: number };

export function awsAccess(settings: AwsAccessSettings): OpenAwsAccess {
  const { session, clusterName, concurrency } = settings;
  const all = limit(concurrency);
  const eks = limit(Math.min(EKS_CONCURRENCY, concurrency));
  return (section, declared) => {
    const ask: Ask = (iam, send, read) => {
      if (!declared.includes(iam)) throw new Error(`${section} asks for ${iam} without declaring it`);
      const request = () => all(() => recorded(settings, section, iam, send, read));
      return iam.startsWith('eks:') ? eks(request) : request();
    };
    return {
      region: session.region,
      get clusterName() {
        if (clusterName instanceof CollectFailure) throw clusterName;
        return clusterName;
      },
      clients: session.clients,
      call: (iam, send) => ask(iam, send, (out) => ({ value: out, items: 1 })),
      pages: (iam, send, read) => allPages(ask, iam, send, read),
    };
  };
}

async function allPages<Out extends AwsReply, Item>(
  ask: Ask,
  iam: string,
  send: (token: string | undefined) => Promise<Out>,
  read: (out: Out) => Page<Item>,
): Promise<Item[]> {
  const items: Item[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const current = token;
    const page = await ask(
      iam,
      () => send(current),
      (out) => {
        const value = read(out);
        return { value, items: value.items.length };
      },
    );
    for (const item of page.items) items.push(item);
    token = page.next || undefined;
    if (token !== undefined && seen.has(token))
      throw new CollectFailure('other', `${iam}: the server repeats itself: it hands out the same page again`);
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
  return items;
}

/** One request: sent, timed, and put down in the log however it ends. */
async function recorded<Out extends AwsReply, T>(
  { session, log, signal }: AwsAccessSettings,
  section: string,
  call: string,
  send: () => Promise<Out>,
  read: Read<Out, T>,
): Promise<T> {
  signal.throwIfAborted();
  const start = performance.now();
  const done = (items: number, attempts = 1, outcome: 'ok' | CollectFailure['kind'] = 'ok') =>
    log.record({ section, call, milliseconds: performance.now() - start, items, retries: attempts - 1, outcome });
  try {
    // the SDK sleeps between attempts without an ear for the signal
    const out = await abortable(send(), signal);
    const { value, items } = read(out);
    done(items, out.$metadata?.attempts);
    return value;
  } catch (error) {
    const endpoint = session.endpointOf(call.split(':')[0] as AwsService);
    const failure = signal.aborted ? abortReason(signal) : awsFailure(error, { iam: call, endpoint });
    done(0, (error as AwsReply | undefined)?.$metadata?.attempts, failure.kind);
    throw failure;
  }
}

function abortReason(signal: AbortSignal): CollectFailure {
  return signal.reason instanceof CollectFailure ? signal.reason : new CollectFailure('timeout', 'given up');
}
