/** What the emulator called the things of a scenario: keys of the scenario to ids. Filled while building. */
export interface RigIds {
  vpc: string;
  subnets: Record<string, string>;
  clusterArn: string;
  clusterSecurityGroup: string;
  nodeRoleArn: string;
  clusterRoleArn: string;
  nodes: Record<string, { name: string; instanceId: string; primaryEni: string; dataEnis: string[] }>;
  leakedEnis: string[];
  /** Self-managed and managed Auto Scaling groups: group key to name. */
  autoScalingGroups: Record<string, string>;
  launchTemplates: Record<string, string>;
  /** Names of pods that wait for an address, as namespace/name, by node key. */
  waitingPods: Record<string, string[]>;
  /** Addresses that nodes hold for pods and nobody has yet, by node key (counted scenarios). */
  spare: Record<string, string[]>;
  /** Trunk interfaces by node key. */
  trunks: Record<string, string>;
  /** Nodes without aws-node: key to name. */
  foreign: Record<string, string>;
}

export function emptyIds(): RigIds {
  return {
    vpc: '',
    subnets: {},
    clusterArn: '',
    clusterSecurityGroup: '',
    nodeRoleArn: '',
    clusterRoleArn: '',
    nodes: {},
    leakedEnis: [],
    autoScalingGroups: {},
    launchTemplates: {},
    waitingPods: {},
    spare: {},
    trunks: {},
    foreign: {},
  };
}

/** The id of a key that the build must have made by now. */
export function need(ids: Record<string, string>, key: string): string {
  const id = ids[key];
  if (id === undefined) throw new Error(`rig: nothing was built under the name ${key}`);
  return id;
}

export const minutesAgo = (now: Date, minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
/** RFC 3339 without milliseconds, as the CNI and Kubernetes write it. */
export const rfc3339 = (when: Date): string => when.toISOString().replace(/\.\d+Z$/, 'Z');
