/** What a reader of changes gets and gives. */
import type { Catalog } from '../../../calc/catalog/index.ts';
import type { ChangeSummary, Incomplete } from '../../contract/plan.ts';
import type { ClusterSnapshot } from '../../snapshot.ts';
import type { PodGrowth } from '../growth.ts';

export const CHANGE_KINDS = ['terraform', 'manifest', 'eksctl', 'helm', 'addon'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** One document of a file: a plan, a manifest of many, a ClusterConfig, Helm values. */
export interface ChangeDocument {
  readonly file: string;
  /** Said by the user; undefined: the document says it itself. */
  readonly kind?: ChangeKind;
  readonly value: unknown;
  /** Line in the file at which something stands, from 1; undefined where lines say nothing, as in a plan on one line. */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
}

/** What readers cannot do by themselves, being pure. */
export interface ChangeTools {
  readonly catalog: Catalog;
  /** YAML or JSON text; undefined where it is neither. */
  readonly parseText: (text: string) => unknown;
  /** kubelet's maxPods in user data, base64. */
  readonly maxPodsOf: (userData: string) => number | undefined;
}

export type Effect = ChangeSummary['effects'][number];
export type NotUnderstood = ChangeSummary['notUnderstood'][number];

/** A group that is replaced by another, and which of the two comes first. */
export interface Swap {
  readonly group: string;
  /**
   * `before`: old and new stand side by side; `after`: the old one is gone first; `last`: what a replacement that failed left
   * behind, which goes when all else is done.
   */
  readonly order: 'before' | 'after' | 'last';
}

/** More pods of a Deployment while it rolls. */
export interface RollingPods {
  readonly owner: string;
  readonly namespace: string;
  readonly pods: number;
  /** No old pod may go before a new one is there (`maxUnavailable: 0`): without room the roll-out hangs. */
  readonly must: boolean;
}

/** Something that the change deletes and nodes or pods may stand on. */
export interface Deletion {
  readonly what: 'cluster' | 'subnet' | 'eni-config' | 'cidr';
  /** Id of the subnet, name of the cluster or ENIConfig, the range. */
  readonly id: string;
  readonly address: string;
  readonly file: string;
  readonly line?: number;
}

/** A deletion that takes something away from under nodes and pods, or cannot go through. */
export interface Removal extends Deletion {
  readonly nodes: readonly string[];
  /** Pods with an address on them. */
  readonly pods: number;
  /** Interfaces that are in the way of a deletion, with the addresses they hold. */
  readonly blockers: readonly { readonly eniId: string; readonly what: string; readonly addresses: number }[];
}

/** A snapshot with changes in it, and what a snapshot cannot say. */
export interface Laid {
  readonly snapshot: ClusterSnapshot;
  readonly effects: readonly Effect[];
  readonly notUnderstood: readonly NotUnderstood[];
  /** Values that are not known before the change is applied. */
  readonly unknowns: readonly Incomplete[];
  /** Among them some that could turn any result out either way. */
  readonly undecided: boolean;
  /** What is no concern of subnets, nodes and pods. */
  readonly unconcerned: number;
  /** New pods for which today's nodes have no place. */
  readonly arriving: readonly PodGrowth[];
  readonly swaps: readonly Swap[];
  /** Pods that stand beside others while their Deployment rolls. */
  readonly rolling: readonly RollingPods[];
  readonly removals: readonly Removal[];
}

/** A file that is no change, or one that may not be judged; the message is one line for the user. */
export class ChangeError extends Error {}
