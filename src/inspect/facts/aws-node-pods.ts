import type { Cni } from '../snapshot/kubernetes.ts';
import { defineFact, notTold, section } from './define-fact.ts';

export type CniPod = Cni['pods'][number];

export interface AwsNode {
  readonly installed: boolean;
  /** Nodes the DaemonSet wants a pod on. */
  readonly desired?: number;
  readonly pods: readonly CniPod[];
}

/**
 * The pods of aws-node. Unknown where they could not be listed, since one that does not run then looks like one that does. What
 * else the section lacks, a ConfigMap that may not be read, has no part in it.
 */
export const awsNodePods = defineFact({
  id: 'awsNodePods',
  needs: { cni: section('cni') },
  partWillDo: ['cni'],
  derive: ({ cni }, { gapsOf }) => {
    const { installed, desired, pods } = cni;
    const gaps = gapsOf('cni');
    if (installed && desired !== 0 && pods.length === 0 && gaps.length > 0) {
      const ofPods = gaps.filter((g) => /\bpods\b/.test(g.permission ?? ''));
      return notTold(ofPods.length > 0 ? ofPods : gaps);
    }
    const awsNode: AwsNode = { installed, pods, ...(desired === undefined ? {} : { desired }) };
    return awsNode;
  },
});
