/** KubernetesAccess over objects in memory, for collectors alone. */
import type { Collected, Collecting, KubernetesCollector } from '../../../../src/inspect/collect/define-collector.ts';
import { CollectFailure } from '../../../../src/inspect/collect/failure.ts';
import type { KubernetesAccess, KubernetesObject } from '../../../../src/inspect/collect/kubernetes/access.ts';
import { parseApiPath, permissionText } from '../../../../src/inspect/collect/kubernetes/api-path.ts';
import { JsonProjection } from '../../../../src/inspect/collect/kubernetes/json-projection.ts';
import type { Fields } from '../../../../src/inspect/collect/kubernetes/json-wanted.ts';
import { Rows } from '../../../../src/inspect/collect/kubernetes/json-wanted.ts';
import type { SectionData, SectionName } from '../../../../src/inspect/snapshot.ts';

/** Lists by path, objects by path, texts; 'denied' for any. A path that is not here does not exist. */
export type Served = Readonly<Record<string, readonly KubernetesObject[] | KubernetesObject | string>>;

export function fakeAccess(served: Served): KubernetesAccess & { readonly asked: string[] } {
  const asked: string[] = [];
  const find = (verb: 'get' | 'list', path: string) => {
    asked.push(path);
    const found = served[path];
    if (found !== 'denied') return found;
    throw new CollectFailure('denied', 'forbidden', {
      permission: permissionText(verb, parseApiPath(path.split('?')[0]!)),
    });
  };
  return {
    asked,
    list: async (path, each, { query, keep } = {}) => {
      const items = find('list', query ? `${path}?${Object.entries(query).map((e) => e.join('='))}` : path);
      if (!items) return false;
      for (const item of keep ? wanted(items, keep) : (items as readonly KubernetesObject[])) each(item);
      return true;
    },
    get: async (path) => find('get', path) as KubernetesObject | undefined,
    text: async (path, query = {}) => {
      const search = new URLSearchParams(query).toString();
      const found = find('get', search === '' ? path : `${path}?${search}`);
      if (typeof found !== 'string') throw new CollectFailure('other', 'no such text');
      return found;
    },
  };
}

/** Only what the collector says it reads, as lists over the wire give it. */
function wanted(items: unknown, keep: Fields): readonly KubernetesObject[] {
  return new JsonProjection(new Rows(keep)).read(Buffer.from(JSON.stringify(items))) as readonly KubernetesObject[];
}

/** Runs one collector, with the sections it may ask for. */
export async function collect<N extends SectionName>(
  collector: KubernetesCollector<N>,
  access: KubernetesAccess,
  sections: Partial<Record<SectionName, unknown>> = {},
): Promise<Collected<SectionData<N>>> {
  const section = (async (name: SectionName) => sections[name]) as Collecting['section'];
  return collector.collect(access, { section, need: section, signal: new AbortController().signal } as Collecting);
}
