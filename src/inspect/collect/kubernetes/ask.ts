/** What a session is asked for. */
import type { HeadListener, Reply } from './http/get.ts';

/** A request without its retries: `/api/v1/pods?limit=500`. `call` names it in errors and accounts: `list pods`. */
export interface Ask<T> {
  readonly call: string;
  readonly path: string;
  readonly accept?: string;
  /** Told of each attempt. */
  readonly head?: HeadListener;
  /** Makes of a final reply what was asked for, and counts its items for the account; what it throws goes there too. */
  readonly read: (reply: Reply) => { readonly value: T; readonly items: number };
}

/** Sends one request. @throws CollectFailure */
export type SendAsk = <T>(ask: Ask<T>) => Promise<T>;

/** For one object: the reply as it is. */
export function whole(reply: Reply): { readonly value: Reply; readonly items: number } {
  return { value: reply, items: reply.status === 200 ? 1 : 0 };
}
