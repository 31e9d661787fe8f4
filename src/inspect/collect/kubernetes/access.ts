/** The narrow door to Kubernetes that collectors get: raw lists, page by page, over one keep-alive connection. */
export interface KubernetesAccess {
  /**
   * Lists a resource page by page (`limit=500`, never `resourceVersion`) and calls `each` for every item as its page arrives.
   * `path` is the API path without query. A kind that does not exist lists nothing and returns false.
   */
  readonly list: (
    path: string,
    each: (item: KubernetesObject) => void,
    query?: Readonly<Record<string, string>>,
  ) => Promise<boolean>;
  /** One object, or undefined where it does not exist. */
  readonly get: (path: string) => Promise<KubernetesObject | undefined>;
  /** True where the server serves this group, version and resource; discovery is open to every authenticated user. */
  readonly serves: (group: string, version: string, resource: string) => Promise<boolean>;
}

/** A Kubernetes object as it came over the wire; collectors read what they need and drop the rest. */
// biome-ignore lint/suspicious/noExplicitAny: the wire format is checked field by field where it is read
export type KubernetesObject = Record<string, any>;
