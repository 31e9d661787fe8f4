/**
 * What a collector declares. Permissions printed, "not evaluated" texts, the RBAC manifest and the proof that nothing
 * is ever written all derive from these declarations (`collect/index.ts`).
 */

import type { Gap } from '../snapshot/section.ts';
import type { SectionData, SectionName } from '../snapshot.ts';
import type { AwsAccess } from './aws/access.ts';
import type { KubernetesAccess } from './kubernetes/access.ts';

/** `core`: without it the main screens lose something; `optional`: an extra check or a better number. */
export type Tier = 'core' | 'optional';

/** An AWS action, `ec2:DescribeSubnets`. Only Describe, Get and List exist. */
export interface AwsCall {
  readonly iam: `${string}:${'Describe' | 'Get' | 'List'}${string}`;
  readonly tier: Tier;
}

/** A Kubernetes rule. `names` and `namespace` narrow it. */
export interface KubernetesCall {
  readonly rbac: {
    readonly group: string;
    readonly resource: string;
    readonly verbs: readonly ('get' | 'list')[];
    readonly names?: readonly string[];
    readonly namespace?: string;
  };
  readonly tier: Tier;
}

/** What a collector returns: data, and what it lacks where part of it could not be read. Failing as a whole is thrown. */
export interface Collected<T> {
  readonly data: T;
  readonly missing?: readonly Gap[];
}

/** What other collectors found, for one that builds on them. A cycle would wait for itself: a test walks them all. */
export interface Collecting {
  /** Waits for another section and gives its data, or undefined where it is unavailable. */
  readonly section: <N extends SectionName>(name: N) => Promise<SectionData<N> | undefined>;
  /** As `section`, for what cannot be done without. @throws CollectFailure with the permission or the reason of that section. */
  readonly need: <N extends SectionName>(name: N) => Promise<SectionData<N>>;
  readonly signal: AbortSignal;
  /** The VPC, where it and not a cluster was asked for. */
  readonly vpcId?: string;
}

interface Common<N extends SectionName> {
  readonly section: N;
  /** What the user loses without it, completing "without it: …". */
  readonly purpose: string;
}

export interface AwsCollector<N extends SectionName = SectionName> extends Common<N> {
  readonly side: 'aws';
  readonly calls: readonly AwsCall[];
  readonly collect: (aws: AwsAccess, ctx: Collecting) => Promise<Collected<SectionData<N>>>;
}

export interface KubernetesCollector<N extends SectionName = SectionName> extends Common<N> {
  readonly side: 'kubernetes';
  readonly calls: readonly KubernetesCall[];
  readonly collect: (kubernetes: KubernetesAccess, ctx: Collecting) => Promise<Collected<SectionData<N>>>;
}

export type Collector = { [N in SectionName]: AwsCollector<N> | KubernetesCollector<N> }[SectionName];

export function defineAwsCollector<N extends SectionName>(collector: Omit<AwsCollector<N>, 'side'>): AwsCollector<N> {
  return { side: 'aws', ...collector };
}

export function defineKubernetesCollector<N extends SectionName>(
  collector: Omit<KubernetesCollector<N>, 'side'>,
): KubernetesCollector<N> {
  return { side: 'kubernetes', ...collector };
}
