/** What a scenario assumes to happen, as the engine plays it out: additions first, then what is lost. */

/** Nodes that join. */
export interface NodeGrowth {
  readonly count: number;
  /** Group they join, by its name; undefined: the cluster's own mix. */
  readonly group?: string;
  /** Undefined: as the group, or the nodes of today, have it. */
  readonly instanceType?: string;
  /** Addressed pods of each; undefined: the density of the projection. */
  readonly podsPerNode?: number;
}

/** Pods that come. They fill nodes that exist before they ask for new ones. */
export interface PodGrowth {
  readonly count: number;
  /** `Deployment/web` and its namespace, whose pods they resemble; undefined: the median of today's. */
  readonly like?: { readonly owner: string; readonly namespace: string };
}

export interface Growth {
  /** In one line. */
  readonly title: string;
  readonly nodes: readonly NodeGrowth[];
  readonly pods: readonly PodGrowth[];
}
