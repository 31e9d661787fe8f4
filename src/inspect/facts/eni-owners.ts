import type { NetworkInterface } from '../snapshot/ec2.ts';
import { defineFact, notTold, section, type Unknown } from './define-fact.ts';

/** Who an ENI belongs to. */
export type OwnerClass =
  | 'sgp-branch'
  | 'sgp-trunk'
  | 'resource-controller'
  | 'cni-secondary'
  | 'control-plane'
  | 'node-primary'
  | 'auto-mode'
  | 'fargate'
  | 'user-managed'
  | 'efa'
  | 'nat-gateway'
  | 'load-balancer'
  | 'vpc-endpoint'
  | 'lambda'
  | 'efs'
  | 'aws-managed'
  | 'rds'
  | 'elasticache'
  | 'other-service'
  | 'ec2'
  | 'other-cluster'
  | 'aws-service'
  | 'unattached'
  | 'other';

export interface EniOwner {
  readonly eni: NetworkInterface;
  readonly class: OwnerClass;
  /** Cluster, instance, load balancer or service; untrusted where it comes from a tag. */
  readonly name: string;
  /** `high`: interface type or documented tag; `medium`: a description's convention; `low`: a guess. */
  readonly confidence: 'high' | 'medium' | 'low';
  readonly instanceId?: string;
  readonly node?: string;
  /** The EKS cluster it serves, where known. */
  readonly cluster?: string;
  /** Addresses held and used by no pod, prefixes counted in full; undefined where that cannot be told. */
  readonly idle?: number;
  /** Left behind by the CNI or the resource controller: attached to nothing that lives. Age is not judged here. */
  readonly leaked: boolean;
  /** When it was made or attached, where a tag or the attachment says so. */
  readonly since?: string;
}

/** Owner by ENI id, for every ENI that was read. */
export const eniOwners = defineFact({
  id: 'eniOwners',
  needs: { enis: section('networkInterfaces') },
  derive: (): Unknown | ReadonlyMap<string, EniOwner> => notTold('not derived'),
});
