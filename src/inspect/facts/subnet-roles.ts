import { defineFact, notTold, section, type Unknown } from './define-fact.ts';

/** Why a subnet matters to the cluster. */
export type SubnetRole = 'node' | 'eniconfig' | 'discovery' | 'control-plane' | 'fargate';

/** Roles by subnet id; a subnet without any has no entry. */
export const subnetRoles = defineFact({
  id: 'subnetRoles',
  needs: { subnets: section('subnets') },
  derive: (): Unknown | ReadonlyMap<string, readonly SubnetRole[]> => notTold('not derived'),
});
