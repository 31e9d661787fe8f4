/** What a pod asks of its node by its containers, as the scheduler counts it. */
import { parseQuantity } from './quantity.ts';

/** CPU in thousandths, rounded up as the scheduler does. */
export function cpuMillis(value: unknown): number | undefined {
  const cpus = parseQuantity(value);
  return cpus === undefined ? undefined : Math.ceil(Math.round(cpus * 1e6) / 1e3);
}

export function memoryBytes(value: unknown): number | undefined {
  const bytes = parseQuantity(value);
  return bytes === undefined ? undefined : Math.ceil(bytes);
}

const READERS = { cpu: cpuMillis, memory: memoryBytes } as const;
type Resource = keyof typeof READERS;

/** Each 0 where nothing is asked; `spec` is that of a pod as the API, or a manifest, writes it. */
export function requestsOf(spec: unknown): { readonly cpuMillis: number; readonly memoryBytes: number } {
  return { cpuMillis: requested(spec, 'cpu'), memoryBytes: requested(spec, 'memory') };
}

/** What it asks as it is written: `undefined` entries are no quantities. Empty where it asks for neither CPU nor memory. */
export function quantitiesOf(spec: unknown): readonly (number | undefined)[] {
  return [part(spec, 'containers'), part(spec, 'initContainers')].flatMap(objects).flatMap((container) =>
    (Object.keys(READERS) as Resource[]).flatMap((name) => {
      const value = asked(container, name);
      return value === undefined || value === null ? [] : [READERS[name](value)];
    }),
  );
}

/**
 * Containers run together, init containers one after the other before them, sidecars (restartPolicy Always) beside all
 * (kubernetes: component-helpers/resource, PodRequests).
 */
function requested(spec: unknown, name: Resource): number {
  const read = READERS[name];
  const of = (container: unknown) => read(asked(container, name)) ?? 0;
  let sidecars = 0;
  let peak = 0;
  for (const c of objects(part(spec, 'initContainers'))) {
    const sidecar = part(c, 'restartPolicy') === 'Always';
    if (sidecar) sidecars += of(c);
    peak = Math.max(peak, sidecars + (sidecar ? 0 : of(c)));
  }
  const together = objects(part(spec, 'containers')).reduce<number>((n, c) => n + of(c), sidecars);
  return Math.max(together, peak) + (read(part(part(spec, 'overhead'), name)) ?? 0);
}

/** A limit stands for the request that is not made (core/v1 defaults). */
function asked(container: unknown, name: Resource): unknown {
  const resources = part(container, 'resources');
  return part(part(resources, 'requests'), name) ?? part(part(resources, 'limits'), name);
}

function part(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function objects(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.filter((v) => typeof v === 'object' && v !== null) : [];
}
