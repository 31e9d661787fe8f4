/** What a scenario assumes to happen, as the engine plays it out. */
import type { Incomplete } from '../contract/plan.ts';
import type { PodNeeds } from '../snapshot/pods.ts';

/** Nodes that join. */
export interface NodeGrowth {
  readonly count: number;
  /** Group they join, by its name; undefined: the cluster's own mix. */
  readonly group?: string;
  /** Undefined: as the group, or the nodes of today, have it. */
  readonly instanceType?: string;
  /** Nodes by type where it hangs on the type how many a limit leaves; `count` is the most of them. */
  readonly byType?: ReadonlyMap<string, number>;
  /** Addressed pods of each; undefined: the density of the projection. */
  readonly podsPerNode?: number;
  /** Pods on branch ENIs of each; undefined: as today's nodes have them. */
  readonly branchPerNode?: number;
  /** Zones they may join; undefined: those of the group. */
  readonly zones?: readonly string[];
  /** All of them may come up in one zone, and nobody knows in which: each is counted with all. */
  readonly inAnyZone?: boolean;
  /** They spread by themselves, as nodes of a new group beside the one it replaces. */
  readonly apart?: boolean;
}

/** Pods that come. They fill nodes that exist before they ask for new ones. */
export interface PodGrowth {
  readonly count: number;
  /** `Deployment/web` and its namespace, whose pods they resemble; undefined: the typical pod of today. */
  readonly like?: { readonly owner: string; readonly namespace: string };
  /** What each asks of its node; undefined: the size of a typical pod, and any node that is open to all. */
  readonly needs?: PodNeeds;
  /** Zones they may run in; undefined: all. */
  readonly zones?: readonly string[];
  /** Today's nodes have no place for them. */
  readonly onNewNodes?: boolean;
  /** They are on branch ENIs. */
  readonly branch?: boolean;
  /** Branch ENIs of pods that ended: held for a while, on nodes that have room for them. */
  readonly cooling?: boolean;
}

/** Interfaces beside nodes and pods: the control plane's while it is upgraded. */
export interface InterfaceGrowth {
  readonly subnetId: string;
  readonly addresses: number;
}

export interface Growth {
  /** In one line. */
  readonly title: string;
  readonly nodes: readonly NodeGrowth[];
  readonly pods: readonly PodGrowth[];
  readonly interfaces?: readonly InterfaceGrowth[];
  /** Every node carries the density of the projection, where it carries less today. */
  readonly fill?: boolean;
  /** Nodes that are gone, by name: their addresses come back. */
  readonly gone?: ReadonlySet<string>;
  /** A zone that is lost with all in it. */
  readonly lostZone?: string;
  /** Pods that find no place whatever happens: bound to what is lost. */
  readonly stranded?: readonly { readonly owner: string; readonly pods: number; readonly reason: string }[];
  /** A passing peak of another course: reported only where it goes worse than that. */
  readonly peak?: boolean;
  /** Which it is one of several orders of the same course: a failure of it alone is a risk, not a failure. */
  readonly avoidable?: boolean;
  readonly assumptions?: readonly string[];
  readonly incomplete?: readonly Incomplete[];
}
