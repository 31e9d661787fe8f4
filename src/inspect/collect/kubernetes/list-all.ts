/** A whole list, reduced item by item as its pages arrive. */
import type { KubernetesAccess, KubernetesObject, ListOptions } from './access.ts';
import { type ApiPath, apiPath } from './api-path.ts';

/** Undefined where the kind does not exist. `reduce` may leave an item out by returning undefined. */
export async function listAll<T>(
  kubernetes: KubernetesAccess,
  what: ApiPath,
  reduce: (item: KubernetesObject) => T | undefined,
  options: Omit<ListOptions, 'restart'> = {},
): Promise<T[] | undefined> {
  let items: T[] = [];
  const exists = await kubernetes.list(
    apiPath(what),
    (item) => {
      const reduced = reduce(item);
      if (reduced !== undefined) items.push(reduced);
    },
    {
      ...options,
      restart: () => {
        items = [];
      },
    },
  );
  return exists ? items : undefined;
}

/** The same over several versions of a kind, the newest first: the first that is served is listed. Empty where none is. */
export async function listServed<T>(
  kubernetes: KubernetesAccess,
  what: Omit<ApiPath, 'version'>,
  versions: readonly string[],
  reduce: (item: KubernetesObject) => T | undefined,
): Promise<T[]> {
  for (const version of versions) {
    const items = await listAll(kubernetes, { ...what, version }, reduce);
    if (items) return items;
  }
  return [];
}
