import type { Fix } from '../../contract/finding.ts';
import { json, named } from '../../shell.ts';
import type { NodePool } from '../../snapshot/kubernetes.ts';
import { kubectl } from '../support/commands.ts';

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn';
  readonly values: readonly string[];
}

/** One more requirement on a NodePool. A merge patch would replace the list as a whole, so it is added to by a JSON patch. */
export function requireOfPool(
  pool: NodePool,
  requirement: Requirement,
  { title, risk }: Pick<Fix, 'title' | 'risk'>,
): Fix {
  const patch = json([{ op: 'add', path: '/spec/template/spec/requirements/-', value: requirement }]);
  return {
    title,
    commands: [kubectl('patch', 'nodepool', named('object', pool.name), '--type', 'json', '-p', patch)],
    changes:
      'Karpenter sees nodes that do not meet it drift from the pool and replaces them, as its disruption budgets allow.',
    effect: 'node-replacement',
    ...(risk === undefined ? {} : { risk }),
  };
}
