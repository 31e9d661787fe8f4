/** Requirements of a NodePool, as Karpenter reads them (`scheduling.Requirements`). */

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Whether the requirements leave room for this value of this label; a key that is not mentioned allows all. */
export function allows(requirements: readonly Requirement[], key: string, value: string): boolean {
  return requirements.filter((r) => r.key === key).every((r) => holds(r, value));
}

function holds({ operator, values }: Requirement, value: string): boolean {
  switch (operator) {
    case 'In':
      return values.includes(value);
    case 'NotIn':
      return !values.includes(value);
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    case 'DoesNotExist':
      return false;
    default:
      return true;
  }
}

const TYPE = 'node.kubernetes.io/instance-type';
const FAMILY = 'karpenter.k8s.aws/instance-family';
const SIZE = 'karpenter.k8s.aws/instance-size';

/**
 * The types that are named: by type, or by family (and size). Empty where they are left open, by category, generation or not at
 * all: the list would be most of what EC2 offers.
 */
export function allowedTypes(requirements: readonly Requirement[], catalog: readonly string[]): readonly string[] {
  const named = (key: string) => requirements.find((r) => r.key === key && r.operator === 'In');
  const types = named(TYPE);
  if (!types && !named(FAMILY)) return [];
  return (types?.values ?? catalog).filter((type) => {
    const [family = '', size = ''] = type.split('.');
    return allows(requirements, TYPE, type) && allows(requirements, FAMILY, family) && allows(requirements, SIZE, size);
  });
}

/** `1000`, `64500m` in whole CPUs; undefined where it is no quantity. */
export function cpusOf(quantity: string | undefined): number | undefined {
  const [, number, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity ?? '') ?? [];
  if (number === undefined) return undefined;
  return milli === 'm' ? Number(number) / 1000 : Number(number);
}
