/** Quantities as Kubernetes writes them. */

const BINARY: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const DECIMAL: Readonly<Record<string, number>> = { m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
/** What the API server takes at most, an int64. */
const LARGEST = 2 ** 63;

/** A quantity in its unit, `500m`, `1.5Gi`, `2e3` (apimachinery: resource.Quantity), 0 or more; undefined where it is none. */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const [, number, exponent = '', suffix = ''] =
    /^([+-]?\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([A-Za-z]{0,2}))$/.exec(String(value)) ?? [];
  const factor = BINARY[suffix] ?? DECIMAL[suffix];
  const amount = number === undefined || factor === undefined ? Number.NaN : Number(`${number}${exponent}`) * factor;
  return amount >= 0 && amount <= LARGEST ? amount : undefined;
}
