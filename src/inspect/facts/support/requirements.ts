/** Requirements of a NodePool, as Karpenter reads them (`scheduling.Requirements`). */

import type { InstanceType } from '../../../calc/catalog/instance-type.ts';

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

/** What a requirement can ask of a type's name; undefined where nothing tells, which rules nothing out. */
const OF_NAME: Readonly<Record<string, (type: Named) => string | undefined>> = {
  'node.kubernetes.io/instance-type': (t) => t.instanceType,
  'karpenter.k8s.aws/instance-family': (t) => familyOf(t),
  'karpenter.k8s.aws/instance-size': (t) => t.instanceType.split('.')[1],
  'karpenter.k8s.aws/instance-category': (t) => /^[a-z]+/.exec(familyOf(t))?.[0],
  'karpenter.k8s.aws/instance-generation': (t) => /^[a-z-]+(\d+)/.exec(familyOf(t))?.[1],
  'kubernetes.io/arch': (t) => (/^(?:a1$|[a-z]+\d+g)/.test(familyOf(t)) ? 'arm64' : 'amd64'),
};
/** The same of what a catalog tells. */
const OF_SIZE: Readonly<Record<string, (type: TypeFacts) => string | undefined>> = {
  'karpenter.k8s.aws/instance-cpu': (t) => (t.vcpus === undefined ? undefined : String(t.vcpus)),
  'karpenter.k8s.aws/instance-memory': (t) => (t.memoryMiB === undefined ? undefined : String(t.memoryMiB)),
  'karpenter.k8s.aws/instance-hypervisor': (t) =>
    t.bareMetal ? '' : t.hypervisor === 'unknown' ? undefined : t.hypervisor,
};
const BY_LABEL = new Map([['beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type']]);
/** Without one of these the list would be all that EC2 offers. */
const NARROWING: ReadonlySet<string> = new Set(
  Object.keys({ ...OF_NAME, ...OF_SIZE }).filter((key) => key !== 'kubernetes.io/arch' && !key.endsWith('-hypervisor')),
);

export type TypeFacts = Pick<InstanceType, 'instanceType' | 'vcpus' | 'memoryMiB' | 'hypervisor' | 'bareMetal'>;

type Named = Pick<InstanceType, 'instanceType'>;

function familyOf({ instanceType }: Named): string {
  return instanceType.split('.')[0] ?? '';
}

/**
 * The types that are allowed, by what the requirements say of type, family, size, category, generation, CPU, memory,
 * hypervisor and architecture. Empty where none of the first seven is asked: the list would be most of what EC2 offers. Types
 * with accelerators and bare metal are left out while others remain, as Karpenter does
 * (`instancetype/filter`: exotic instance types).
 */
export function allowedTypes(requirements: readonly Requirement[], catalog: Iterable<TypeFacts>): readonly string[] {
  const asked = requirements.map((r) => ({ ...r, key: BY_LABEL.get(r.key) ?? r.key }));
  if (!asked.some((r) => NARROWING.has(r.key))) return [];
  const fitting: TypeFacts[] = [];
  for (const type of catalog) {
    const meets = (of: typeof OF_SIZE) =>
      asked.every((r) => {
        const value = of[r.key]?.(type);
        return value === undefined || holds(r, value);
      });
    // the name first: what it rules out need not be read
    if (meets(OF_NAME) && meets(OF_SIZE)) fitting.push(type);
  }
  const plain = fitting.filter((t) => !t.bareMetal && !EXOTIC.test(familyOf(t)));
  return (plain.length > 0 ? plain : fitting).map((t) => t.instanceType);
}

const EXOTIC = /^(?:p|g|gr|inf|trn|dl|vt|f)\d/;
