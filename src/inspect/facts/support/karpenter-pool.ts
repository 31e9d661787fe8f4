/** How far a NodePool of Karpenter may go: types, subnets, limits, and what it disrupts at once. */
import type { Catalog } from '../../../calc/catalog/index.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import type { NodeClass, NodePool } from '../../snapshot/kubernetes.ts';
import { parseQuantity } from '../../snapshot/quantity.ts';
import { ZONE_KEYS } from './node-template.ts';
import { allowedTypes, allows, type TypeFacts } from './requirements.ts';

/** Types it may launch; one that alone breaks a limit is no choice. */
export function typesOfPool(p: NodePool, catalog: Catalog): readonly string[] {
  const { cpu = Number.POSITIVE_INFINITY, memoryMiB = Number.POSITIVE_INFINITY } = sizesOf(p);
  const all = allowedTypes(p.requirements, typesIn(catalog));
  const fitting = all.filter((t) => {
    const { vcpus = 0, memoryMiB: memory = 0 } = catalog.get(t) ?? {};
    return vcpus <= cpu && memory <= memoryMiB;
  });
  return fitting.length > 0 ? fitting : all;
}

function* typesIn(catalog: Catalog): Generator<TypeFacts> {
  for (const name of catalog.names) yield new Listed(name, catalog);
}

/** A name in the catalog, which is read only where more than the name is asked for: most pools name few types. */
class Listed implements TypeFacts {
  readonly instanceType: string;
  readonly #catalog: Catalog;

  constructor(name: string, catalog: Catalog) {
    this.instanceType = name;
    this.#catalog = catalog;
  }

  get vcpus(): number | undefined {
    return this.#catalog.get(this.instanceType)?.vcpus;
  }

  get memoryMiB(): number | undefined {
    return this.#catalog.get(this.instanceType)?.memoryMiB;
  }

  get hypervisor(): TypeFacts['hypervisor'] {
    return this.#catalog.get(this.instanceType)?.hypervisor ?? 'unknown';
  }

  get bareMetal(): boolean {
    return this.#catalog.get(this.instanceType)?.bareMetal === true;
  }
}

/** As the controller resolved them; where it has not yet, those its terms select. In zones that the requirements allow. */
export function subnetsOfPool(
  p: NodePool,
  its: NodeClass | undefined,
  subnets: readonly Subnet[] | undefined,
): readonly string[] {
  const zoneOf = new Map(subnets?.map((s) => [s.subnetId, s.availabilityZone]));
  const ids =
    its && its.subnetIds.length > 0 ? its.subnetIds : selectedSubnets(its?.subnetSelector ?? [], subnets ?? []);
  return ids.filter((id) => {
    const zone = zoneOf.get(id);
    return zone === undefined || ZONE_KEYS.every((key) => allows(p.requirements, key, zone));
  });
}

/** Terms are alternatives; within one all tags must be there, `*` for any value (Karpenter: NodeClasses, subnetSelectorTerms). */
export function selectedSubnets(
  terms: NonNullable<NodeClass['subnetSelector']>,
  subnets: readonly Subnet[],
): readonly string[] {
  const isChosen = ({ subnetId, tags }: Subnet) =>
    terms.some((term) => {
      if (term.id !== undefined) return term.id === subnetId;
      const wanted = Object.entries(term.tags);
      return (
        wanted.length > 0 &&
        wanted.every(([k, v]) =>
          v === '*' || v === '' ? tags[k] !== undefined : v.split(',').some((one) => one.trim() === tags[k]),
        )
      );
    });
  return subnets.filter(isChosen).map((s) => s.subnetId);
}

/**
 * Most nodes it may have if all further ones are of one type, by type: what its limits leave beyond the CPUs, memory and nodes
 * there are. Undefined without limits.
 */
export function mostByType(
  p: NodePool,
  present: readonly string[],
  types: readonly string[],
  catalog: Catalog,
): ReadonlyMap<string, number> | undefined {
  const { cpu, memoryMiB } = sizesOf(p);
  const nodes = p.limits.nodes === undefined ? undefined : Number(p.limits.nodes);
  if (cpu === undefined && memoryMiB === undefined && nodes === undefined) return undefined;
  const sum = (of: 'vcpus' | 'memoryMiB') => present.reduce((n, type) => n + (catalog.get(type)?.[of] ?? 0), 0);
  const used = { vcpus: sum('vcpus'), memoryMiB: sum('memoryMiB') };
  const found = types.flatMap((type): [string, number][] => {
    const { vcpus, memoryMiB: memory } = catalog.get(type) ?? {};
    const further = Math.min(roomFor(cpu, used.vcpus, vcpus), roomFor(memoryMiB, used.memoryMiB, memory));
    const most = Math.min(present.length + further, nodes ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(most) ? [[type, most]] : [];
  });
  return found.length > 0 ? new Map(found) : undefined;
}

/** Things of a size that a limit leaves room for; endless where neither tells. */
function roomFor(limit: number | undefined, used: number, each = 0): number {
  return limit === undefined || each === 0 ? Number.POSITIVE_INFINITY : Math.max(Math.floor((limit - used) / each), 0);
}

/** Its limits of what nodes are made of. */
function sizesOf({ limits }: NodePool): { readonly cpu?: number | undefined; readonly memoryMiB?: number | undefined } {
  const memory = parseQuantity(limits.memory);
  return { cpu: parseQuantity(limits.cpu), memoryMiB: memory === undefined ? undefined : memory / 2 ** 20 };
}

/**
 * The strictest budget of those that hold at all times; 10 % without one (Karpenter: NodePool disruption budgets). Expired
 * nodes go without asking a budget, and nodes that came together expire together.
 */
export function disruptedAtOnce(p: NodePool, nodes: number): number {
  if (p.expireAfter !== undefined && p.expireAfter !== 'Never') return nodes;
  const budgets = p.budgets && p.budgets.length > 0 ? p.budgets : ['10%'];
  const counts = budgets.map((b) =>
    b.endsWith('%') ? Math.ceil((Number(b.slice(0, -1)) / 100) * nodes) : Math.min(Number(b), nodes),
  );
  return Math.max(0, Math.min(nodes, ...counts.filter((n) => Number.isFinite(n))));
}
