/** What to say of an instance type the catalog does not have. */
import type { Catalog } from '../calc/catalog/index.ts';
import { nearest } from './nearest.ts';

export function unknownType(catalog: Catalog, name: string): string {
  const seen = catalog.seenWithoutLimits(name);
  if (seen) return `no ENI limits are published for ${name} (${seen})`;
  const close = nearest(name, catalog.names);
  const hint = close.length > 0 ? `; did you mean ${close.join(', ')}?` : '';
  return `unknown instance type "${name}" (catalog of ${catalog.dataDate})${hint}`;
}
