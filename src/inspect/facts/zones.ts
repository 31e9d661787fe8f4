import { defineFact, notTold, section, type Unknown } from './define-fact.ts';

export interface Zone {
  readonly zone: string;
  readonly zoneId?: string;
  /** Names of the nodes aws-node serves here. */
  readonly nodes: readonly string[];
  /** Subnets here in which nodes or their pods take addresses. */
  readonly subnets: readonly string[];
}

/** The zones the cluster uses, by name. */
export const zones = defineFact({
  id: 'zones',
  needs: { subnets: section('subnets') },
  derive: (): Unknown | readonly Zone[] => notTold('not derived'),
});
