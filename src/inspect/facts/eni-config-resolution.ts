import type { Subnet } from '../snapshot/ec2.ts';
import type { EniConfig } from '../snapshot/kubernetes.ts';
import { defineFact, notTold, section, type Unknown } from './define-fact.ts';
import { networking } from './networking.ts';
import { nodesServedByCni } from './platforms.ts';

/** Which ENIConfig a node uses, and what named it. */
export interface EniConfigChoice {
  readonly name: string;
  readonly step: 'external-label' | 'annotation' | 'label' | 'default';
  /** Undefined where no ENIConfig has that name. */
  readonly eniConfig?: EniConfig;
  /** Undefined where it names none, or one that was not read. */
  readonly subnet?: Subnet;
}

/** Choice by node name; empty without custom networking. */
export const eniConfigResolution = defineFact({
  id: 'eniConfigResolution',
  needs: { nodes: nodesServedByCni, networking, eniConfigs: section('eniConfigs') },
  derive: (): Unknown | ReadonlyMap<string, EniConfigChoice> => notTold('not derived'),
});
