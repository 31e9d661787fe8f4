/** Makes sense of what came back: JSON of the API, a Status, plain text, or a web page of something in between. */
import { CollectFailure } from '../../failure.ts';
import type { KubernetesObject } from '../access.ts';
import type { Reply } from './get.ts';

export function textOf({ body }: Reply): string {
  return body.toString('utf8');
}

/** The first bytes as text. */
export function headOf({ body }: Reply, bytes: number): string {
  return body.toString('utf8', 0, bytes);
}

const parsed = new WeakMap<Reply, KubernetesObject | undefined>();

/** The body as a JSON object, or undefined where it is none. Parsed once. */
export function jsonOf(reply: Reply): KubernetesObject | undefined {
  if (!parsed.has(reply)) parsed.set(reply, parse(reply));
  return parsed.get(reply);
}

function parse(reply: Reply): KubernetesObject | undefined {
  if (reply.contentType !== 'application/json' && !/^\s*\{/.test(headOf(reply, 64))) return undefined;
  try {
    const value: unknown = JSON.parse(textOf(reply));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What an error reply says, in one line: the Status' message, else the plain text. */
export function messageOf(reply: Reply): string {
  const status = jsonOf(reply);
  const text = typeof status?.message === 'string' ? status.message : headOf(reply, 4096);
  const line = text.trim().split('\n')[0]!.slice(0, 300);
  return line === '' ? `HTTP ${reply.status}` : line;
}

/** True for a reply that an API server does not give: a proxy's or a portal's page, or a redirect to one. */
export function isForeign(reply: Reply): boolean {
  if (reply.status >= 300 && reply.status < 400) return true;
  return reply.contentType === 'text/html' || /^\s*<(!doctype|html)/i.test(headOf(reply, 200));
}

export function foreignFailure(reply: Reply, host: string): CollectFailure {
  const what = reply.location ? `a redirect to ${reply.location.slice(0, 200)}` : 'a web page';
  return new CollectFailure(
    'not-an-api',
    `${host} answered with ${what} (HTTP ${reply.status}), not with the Kubernetes API: a proxy or a login page stands in between`,
  );
}
