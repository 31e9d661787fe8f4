/** Lists and single objects over a session's requests: pages, expired tokens, refused and missing kinds. */
import { CollectFailure } from '../failure.ts';
import type { KubernetesAccess, KubernetesObject, ListOptions } from './access.ts';
import { type ApiPath, mayBeMissing, parseApiPath, permissionText } from './api-path.ts';
import { type SendAsk, whole } from './ask.ts';
import type { Discovery } from './discovery.ts';
import type { Reply } from './http/get.ts';
import { jsonOf, messageOf, textOf } from './http/replies.ts';
import { JsonProjection } from './json-projection.ts';
import { Rows } from './json-wanted.ts';
import type { AccessContext } from './session.ts';

export const PAGE = 500;
/** What the reading of pages needs to know of them. */
const LIST = { kind: true, apiVersion: true, metadata: { continue: true } } as const;
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

export function pagedAccess(ask: SendAsk, discovery: Discovery, context: Pick<AccessContext, 'gap'>): KubernetesAccess {
  return {
    list: (path, each, options = {}) => new Listing(path, each, options, ask, discovery, context).run(),
    get: async (path) => {
      const what = parseApiPath(path);
      const call = permissionText('get', what);
      const served = await isServed(discovery, what);
      if (served === false) return undefined;
      const reply = await ask({ call, path, read: whole });
      if (reply.status === 200) return singleOf(reply, call, what);
      if (reply.status === 404 && (jsonOf(reply) || isGone(served, what))) return undefined;
      throw refusal(reply, call);
    },
    text: async (path, query = {}) => {
      const [, pod, subresource] = /\/pods\/([^/]+)\/([a-z]+)/.exec(path) ?? [];
      const call = permissionText('get', { group: '', resource: `pods/${subresource}`, namespace: 'kube-system' });
      const search = new URLSearchParams(query).toString();
      const reply = await ask({ call, path: search === '' ? path : `${path}?${search}`, read: whole });
      if (reply.status === 200) return textOf(reply);
      if (reply.status === 403) throw refusal(reply, call);
      throw new CollectFailure('other', `${call}: ${decodeURIComponent(pod ?? '')} answered HTTP ${reply.status}`);
    },
  };
}

/** One list from its first page to its last. */
class Listing {
  readonly #path: string;
  readonly #what: ApiPath;
  readonly #call: string;
  readonly #each: (item: KubernetesObject) => void;
  readonly #options: ListOptions;
  readonly #ask: SendAsk;
  readonly #discovery: Discovery;
  readonly #gap: AccessContext['gap'];
  #delivered = 0;
  #restarted = false;
  #inconsistent = false;
  /** Tokens and first items of the pages so far: a server that hands one out twice never ends. */
  readonly #pages = new Set<string>();
  readonly #unusable: string[] = [];
  readonly #projection: JsonProjection | undefined;
  /** Bytes of the page read last: the others will be about as long. */
  #length = 0;
  /** Token of the page whose turn it is. */
  #current = '';
  /** What the page asked ahead says of the one behind it. */
  #early: { readonly of: string; readonly next: string } | undefined;
  #ahead: { readonly token: string; readonly reply: Promise<Asked> } | undefined;

  constructor(
    path: string,
    each: (item: KubernetesObject) => void,
    options: ListOptions,
    ask: SendAsk,
    discovery: Discovery,
    context: Pick<AccessContext, 'gap'>,
  ) {
    this.#path = path;
    this.#what = parseApiPath(path);
    this.#call = permissionText('list', this.#what);
    this.#each = each;
    this.#options = options;
    this.#projection = options.keep && new JsonProjection({ ...LIST, items: new Rows(options.keep) });
    this.#ask = ask;
    this.#discovery = discovery;
    this.#gap = context.gap;
  }

  async run(): Promise<boolean> {
    const served = await isServed(this.#discovery, this.#what);
    if (served === false) return false;
    let token: string | undefined = '';
    do {
      const { reply, page } = await this.#page(token);
      if (page) {
        this.#assertNew(page);
        for (const item of page.items) this.#give(item);
        this.#delivered += page.items.length;
        token = page.next;
      } else if (reply.status === 410) {
        token = this.#afterExpiry(reply);
      } else if (reply.status === 404 && isGone(served, this.#what)) {
        return false;
      } else {
        throw refusal(reply, this.#call);
      }
    } while (token !== undefined);
    if (this.#unusable.length > 0) this.#gap({ kind: 'other', reason: unusable(this.#call, this.#unusable) });
    return true;
  }

  /** One page; one that breaks off is asked for again, from the same token. */
  async #page(token: string): Promise<Asked> {
    this.#current = token;
    for (let attempt = 1; ; attempt++) {
      const ahead = this.#ahead?.token === token ? this.#ahead : undefined;
      if (ahead) this.#ahead = undefined;
      if (this.#early?.of === token) this.#askAhead(token, this.#early.next);
      const asked = await (ahead ? ahead.reply : this.#request(token));
      if (!asked.broken) return asked;
      if (attempt === TRIES) throw notJson(asked.reply, this.#call);
    }
  }

  #request(token: string): Promise<Asked> {
    return this.#ask({
      call: this.#call,
      path: this.#url(token),
      ...(this.#options.metadataOnly ? { accept: METADATA_ONLY } : {}),
      head: {
        bytes: HEAD,
        likely: this.#length,
        hear: (status, head) => {
          if (status === 200) this.#hear(token, head);
        },
      },
      read: (reply) => {
        const asked = this.#read(token, reply);
        return { value: asked, items: asked.page?.items.length ?? 0 };
      },
    });
  }

  #read(token: string, reply: Reply): Asked {
    if (reply.status !== 200) return { reply, page: undefined, broken: false };
    this.#length = reply.body.length;
    this.#hear(token, reply.body.subarray(0, HEAD));
    const list = this.#wanted(reply) ?? jsonOf(reply);
    if (list === undefined && reply.contentType === 'application/json') return { reply, page: undefined, broken: true };
    if (list === undefined) throw notJson(reply, this.#call);
    return { reply, page: pageOf(list, this.#call, this.#what, this.#options.metadataOnly === true), broken: false };
  }

  /** What is wanted of a page, where that was said; undefined for one it does not understand. */
  #wanted(reply: Reply): KubernetesObject | undefined {
    if (reply.contentType !== 'application/json') return undefined;
    const value = this.#projection?.read(reply.body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  }

  /**
   * The next page is asked for while this one still comes: its token stands at the head of the list. One page ahead, no more:
   * what the head of that one says waits until it is this one's turn.
   */
  #hear(of: string, head: Buffer): void {
    const next = tokenAtHead(head.toString('utf8'));
    if (next === undefined) return;
    if (of === this.#current) this.#askAhead(of, next);
    else this.#early = { of, next };
  }

  #askAhead(of: string, token: string): void {
    if (of === token || this.#ahead?.token === token || this.#pages.has(`token ${token}`)) return;
    const next = this.#request(token);
    // who needs it hears of its failure
    next.catch(() => {});
    this.#ahead = { token, reply: next };
  }

  /** An object that cannot be read costs itself. */
  #give(item: KubernetesObject): void {
    try {
      this.#each(item);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      const { namespace, name } = (item?.metadata ?? {}) as { namespace?: unknown; name?: unknown };
      this.#unusable.push([namespace, name].filter((t) => typeof t === 'string').join('/') || 'one without a name');
    }
  }

  /** @throws CollectFailure */
  #assertNew({ items: [first], next }: Page): void {
    const { uid, namespace, name } = first?.metadata ?? {};
    const marks = [...(first ? [`item ${uid ?? `${namespace}/${name}`}`] : []), ...(next ? [`token ${next}`] : [])];
    if (marks.some((m) => this.#pages.has(m)))
      throw new CollectFailure('other', `${this.#call}: the server repeats itself: it sent the same page again`);
    for (const m of marks) this.#pages.add(m);
  }

  #url(token: string | undefined): string {
    const query = new URLSearchParams({ limit: String(PAGE), ...this.#options.query });
    if (token) query.set('continue', token);
    return `${this.#path}?${query}`;
  }

  /**
   * The token to go on with after 410 Expired. The server's own goes on at the same place in a newer state; without one
   * the list starts again, once.
   */
  #afterExpiry(reply: Reply): string {
    const offered: unknown = jsonOf(reply)?.metadata?.continue;
    if (typeof offered === 'string' && offered !== '') {
      if (!this.#inconsistent)
        this.#gap({
          reason: `${this.#call} took so long that the server forgot its state: the rest is of a later moment than the beginning`,
        });
      this.#inconsistent = true;
      return offered;
    }
    if (this.#restarted || (this.#delivered > 0 && !this.#options.restart))
      throw new CollectFailure('other', `${this.#call}: the list expired while it was read (410): ${messageOf(reply)}`);
    this.#restarted = true;
    this.#pages.clear();
    this.#delivered = 0;
    this.#options.restart?.();
    return '';
  }
}

/** One page may break off and come whole the next time. */
const TRIES = 3;

interface Asked {
  readonly reply: Reply;
  readonly page: Page | undefined;
  /** JSON by its head, and no JSON. */
  readonly broken: boolean;
}

interface Page {
  readonly items: readonly KubernetesObject[];
  readonly next: string | undefined;
}

function pageOf(list: KubernetesObject, call: string, what: ApiPath, metadataOnly: boolean): Page {
  const isList = isKindOf(list, 'List', what) || (metadataOnly && list.kind === 'PartialObjectMetadataList');
  if (!isList || (!Array.isArray(list.items) && list.items !== null))
    throw new CollectFailure('not-an-api', `${call}: the answer is no Kubernetes list of ${what.resource}`);
  const items: readonly KubernetesObject[] = list.items ?? [];
  if (items.length > 2 * PAGE)
    throw new CollectFailure(
      'other',
      `${call}: the server ignores limit=${PAGE} and sent ${items.length} items in one page; stopped before it exhausts memory`,
    );
  const next: unknown = list.metadata?.continue;
  return { items, next: typeof next === 'string' && next !== '' ? next : undefined };
}

function singleOf(reply: Reply, call: string, what: ApiPath): KubernetesObject {
  const object = jsonOf(reply);
  if (!object) throw notJson(reply, call);
  if (!isKindOf(object, '', what))
    throw new CollectFailure('not-an-api', `${call}: the answer is no object of ${what.resource}`);
  return object;
}

/** `PodList` answers for `pods`, `NetworkPolicyList` for `networkpolicies`: a resource is the plural of its kind. */
function isKindOf(object: KubernetesObject, suffix: '' | 'List', what: ApiPath): boolean {
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || !kind.endsWith(suffix)) return false;
  const one = kind.slice(0, kind.length - suffix.length).toLowerCase();
  const version = what.group === '' ? what.version : `${what.group}/${what.version}`;
  return apiVersion === version && [`${one}s`, `${one}es`, one.replace(/y$/, 'ies')].includes(what.resource);
}

function notJson(reply: Reply, call: string): CollectFailure {
  return new CollectFailure(
    'not-an-api',
    `${call}: the answer is not JSON (${reply.contentType || 'no content type'})`,
  );
}

function unusable(call: string, names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${call}: ${names.length === 1 ? 'one object' : `${names.length} objects`} could not be read: ${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
const NAMED = 3;

/**
 * The continue token, where it stands in the head of a list as API servers write it (apimachinery: ListMeta comes before
 * items). Undefined on the last page, and where the list is written in another order: then it is found once it is parsed.
 */
function tokenAtHead(head: string): string | undefined {
  const items = head.indexOf('"items"');
  return /"continue"\s*:\s*"([A-Za-z0-9+/=_-]+)"/.exec(items < 0 ? head : head.slice(0, items))?.[1];
}
const HEAD = 4096;

/**
 * Discovery is asked before a kind that comes from a CRD: a limited user gets 403, not 404, for one that does not exist.
 * Undefined where discovery itself is refused or fails: then the answer to the request decides.
 */
async function isServed(discovery: Discovery, what: ApiPath): Promise<boolean | undefined> {
  if (!mayBeMissing(what)) return true;
  try {
    return await discovery.serves(what.group, what.version, what.resource);
  } catch {
    return undefined;
  }
}

/** A CRD that was served a moment ago may be deleted meanwhile; a 404 without that knowledge may come from anything. */
function isGone(served: boolean | undefined, what: ApiPath): boolean {
  return served === true && mayBeMissing(what);
}

function refusal(reply: Reply, call: string): CollectFailure {
  const message = messageOf(reply);
  if (reply.status === 403 && jsonOf(reply)?.kind === 'Status')
    return new CollectFailure('denied', message, { permission: call });
  if (reply.status === 403)
    return new CollectFailure(
      'not-an-api',
      `${call}: refused by something before the API server (403 ${message}), such as a proxy`,
    );
  if (reply.status === 404)
    return new CollectFailure(
      'not-an-api',
      `${call}: not served here (404 ${message}): is this the address of a Kubernetes API server?`,
    );
  return new CollectFailure('other', `${call}: HTTP ${reply.status}: ${message}`);
}
