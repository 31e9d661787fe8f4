/** What kinds the server serves. Every authenticated user may ask; each question is put once. */
import { CollectFailure } from '../failure.ts';
import type { KubernetesObject } from './access.ts';
import { list, text } from './wire-fields.ts';

/** Reads one API path as JSON; undefined for a 404. */
type Read = (path: string) => Promise<KubernetesObject | undefined>;

/** Names found so far, by the path that was asked. */
export type DiscoveryCache = Map<string, Promise<ReadonlySet<string>>>;

export class Discovery {
  readonly #read: Read;
  readonly #cache: DiscoveryCache;

  /** `cache` may be shared by readers that account to different sections. */
  constructor(read: Read, cache: DiscoveryCache = new Map()) {
    this.#read = read;
    this.#cache = cache;
  }

  /**
   * The list of groups is asked first: a 404 for one group alone could as well come from something that is no API server.
   * @throws CollectFailure where discovery gives no answer
   */
  async serves(group: string, version: string, resource: string): Promise<boolean> {
    const groupVersion = `${group}/${version}`;
    if (!(await this.#known('/apis', (root) => groupVersions(root))).has(groupVersion)) return false;
    return (
      await this.#known(`/apis/${groupVersion}`, (g) => list(g?.resources).flatMap((r) => text(r.name) ?? []))
    ).has(resource);
  }

  #known(
    path: string,
    names: (object: KubernetesObject | undefined) => readonly string[],
  ): Promise<ReadonlySet<string>> {
    const kept = this.#cache.get(path);
    if (kept) return kept;
    const asked = this.#read(path).then((object) => new Set(names(object)));
    this.#cache.set(path, asked);
    asked.catch(() => this.#cache.delete(path));
    return asked;
  }
}

function groupVersions(root: KubernetesObject | undefined): string[] {
  if (root?.kind !== 'APIGroupList')
    throw new CollectFailure(
      'not-an-api',
      'the answer to /apis is no list of API groups: is this the address of a Kubernetes API server?',
    );
  return list(root.groups).flatMap((g) => list(g.versions).flatMap((v) => text(v.groupVersion) ?? []));
}
