import type { Fields } from './json-wanted.ts';

/** The access to Kubernetes that collectors get: raw lists, page by page, over one keep-alive connection. */
export interface KubernetesAccess {
  /**
   * Lists a resource page by page (`limit=500`, never `resourceVersion`) and calls `each` for every item as its page arrives.
   * `path` is the API path without query. A kind that does not exist lists nothing and returns false.
   * @throws CollectFailure: `denied` with the permission, `throttled`, `timeout`, `unreachable`, `credentials`, `not-an-api`, `other`
   */
  readonly list: (path: string, each: (item: KubernetesObject) => void, options?: ListOptions) => Promise<boolean>;
  /** One object, or undefined where it does not exist. Throws as `list` does. */
  readonly get: (path: string) => Promise<KubernetesObject | undefined>;
  /** What a subresource of a pod answers as text: its log, or what it serves through the proxy. Throws as `list` does. */
  readonly text: (path: string, query?: Readonly<Record<string, string>>) => Promise<string>;
}

export interface ListOptions {
  /** `fieldSelector`, `labelSelector`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Only `metadata` of each item is wanted: the server then sends nothing else. */
  readonly metadataOnly?: boolean;
  /** All that `each` reads of an item; the rest may be missing. */
  readonly keep?: Fields;
  /**
   * Called when the list starts again because its continue token expired and the server offered no other: everything
   * `each` was given so far is to be forgotten. Without it such a list fails.
   */
  readonly restart?: () => void;
}

/** A Kubernetes object as it came over the wire; collectors read what they need and drop the rest. */
// biome-ignore lint/suspicious/noExplicitAny: the wire format is checked field by field where it is read
export type KubernetesObject = Record<string, any>;
