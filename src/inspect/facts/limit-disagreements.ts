import { defineFact, section } from './define-fact.ts';
import { nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';

/** An instance type of which EC2 says something else than the table compiled into aws-node and the AMI. */
export interface LimitDisagreement {
  readonly instanceType: string;
  /** ENIs of the default network card, by the table and by EC2. */
  readonly table: number;
  readonly ec2: number;
  readonly nodes: readonly string[];
}

/** Types of served nodes for which EC2 takes fewer ENIs than the table promises. */
export const limitDisagreements = defineFact({
  id: 'limitDisagreements',
  needs: { nodes: nodesServedByCni, at: nodeInstances, instanceTypes: section('instanceTypes') },
  derive: ({ nodes, at, instanceTypes }, { catalog }): readonly LimitDisagreement[] =>
    instanceTypes.flatMap(({ instanceType, maxEnis }) => {
      const listed = catalog.get(instanceType);
      if (!listed || listed.maxEnis <= maxEnis) return [];
      const here = nodes.served.filter((n) => at.get(n.name)?.instanceType === instanceType).map((n) => n.name);
      return here.length === 0 ? [] : [{ instanceType, table: listed.maxEnis, ec2: maxEnis, nodes: here }];
    }),
});
