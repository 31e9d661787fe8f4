import { clusterName } from './cluster-name.ts';
import { defineCertainFact, section } from './define-fact.ts';

/**
 * Subnets in which nodes may be launched, as far as these were read: by managed groups, by Auto Scaling groups tagged for this
 * cluster, and by the node classes of Karpenter and Auto Mode as their controllers resolved them.
 */
export const launchSubnets = defineCertainFact({
  id: 'launchSubnets',
  helps: {
    cluster: clusterName,
    nodegroups: section('nodegroups'),
    autoScalingGroups: section('autoScalingGroups'),
    nodeClasses: section('nodeClasses'),
  },
  derive: ({ cluster, nodegroups, autoScalingGroups, nodeClasses }): readonly string[] => {
    const tag = `kubernetes.io/cluster/${cluster ?? ''}`;
    const scaling = (autoScalingGroups ?? []).filter((g) => g.maxSize > 0 && g.tags[tag] !== undefined);
    const groups = (nodegroups ?? []).filter((g) => g.maxSize > 0);
    return [...new Set([...groups, ...scaling, ...(nodeClasses ?? [])].flatMap((g) => g.subnetIds))];
  },
});
