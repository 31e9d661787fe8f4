/** What kinds the server serves, asked once per group and version. */
import type { KubernetesObject } from './access.ts';

/** Reads one API path as JSON; undefined for a 404. */
type Read = (path: string) => Promise<KubernetesObject | undefined>;

/** Names of the resources of each group and version asked for so far. */
export type DiscoveryCache = Map<string, Promise<ReadonlySet<string>>>;

export class Discovery {
  readonly #read: Read;
  readonly #resources: DiscoveryCache;

  /** `cache` may be shared by readers that account to different sections. */
  constructor(read: Read, cache: DiscoveryCache = new Map()) {
    this.#read = read;
    this.#resources = cache;
  }

  async serves(group: string, version: string, resource: string): Promise<boolean> {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    let known = this.#resources.get(path);
    if (!known) {
      known = this.#names(path);
      this.#resources.set(path, known);
      known.catch(() => this.#resources.delete(path));
    }
    return (await known).has(resource);
  }

  async #names(path: string): Promise<ReadonlySet<string>> {
    const list = await this.#read(path);
    const resources: readonly KubernetesObject[] = Array.isArray(list?.resources) ? list.resources : [];
    return new Set(resources.map((r) => String(r.name)));
  }
}
