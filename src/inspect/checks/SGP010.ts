import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { branchPods, podName } from '../facts/branch-pods.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { groupRules } from '../facts/group-rules.ts';
import { networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { podGroups } from '../facts/pod-groups.ts';
import { ENFORCING_MODE, EXTERNAL_SNAT, isStrict, usesExternalSnat } from '../facts/support/pod-traffic.ts';
import { routesOf } from '../facts/support/routes-of.ts';
import type { Pod } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { startAnew } from './fixes/restart-pods.ts';
import { setSettings } from './fixes/settings.ts';
import { podResources } from './support/resources.ts';

const evidence = v.object({
  policies: v.array(v.string()),
  /** Groups of the pods, and those of the nodes that hold for them instead. */
  podGroups: v.array(v.string()),
  nodeGroups: v.array(v.string()),
  /** Pods of which the nodes allow something that their own groups do not; all of them where rules were not read. */
  pods: v.array(v.string()),
  /** The nodes allow nothing more; null where the rules were not read. */
  harmless: v.nullable(v.boolean()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const SGP010 = defineCheck({
  code: 'SGP010',
  title: 'Security groups of pods do not govern traffic that leaves the VPC',
  severity: 'warning',
  grain: 'cluster',
  patterns: ['sgp', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs: { networking, branch: branchPods, enis: nodeEnis, groupsOf: podGroups },
  helps: { rules: groupRules, tables: section('routeTables'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ networking: net, branch, enis, groupsOf, rules, tables, fix }): readonly Draft<Evidence>[] => {
    if (isStrict(net) !== false || usesExternalSnat(net) !== false) return [];
    const placed = branch.flatMap((pod) => {
      const on = pod.node === undefined ? undefined : enis.get(pod.node);
      if (!on?.primary) return [];
      const own = on.branch.find((e) => e.eniId === pod.branchEniId)?.securityGroupIds;
      // a pod that waits for its branch ENI sends nothing yet
      if (!own) return [];
      const ofNode = on.primary.securityGroupIds;
      return [{ pod, own, ofNode, subnetId: on.primary.subnetId, tight: rules?.tighter(ofNode, own) }];
    });
    if (placed.length === 0) return [];
    const loose = placed.filter((p) => p.tight !== true);
    const told = loose.length > 0 ? loose : placed;
    const pods: Pod[] = told.map((p) => p.pod);
    const names = pods.map(podName).sort();
    const toInternet = told.some((p) =>
      routesOf(tables ?? [], p.subnetId)?.routes.some(
        (r) => r.destination === '0.0.0.0/0' && r.target?.startsWith('igw-'),
      ),
    );
    const distinct = (ids: readonly string[]) => [...new Set(ids)].sort();
    return [
      {
        key: fix.cluster?.name ?? 'cluster',
        severity: loose.length > 0 ? 'warning' : 'info',
        confidence: 'derived',
        resources: podResources(names),
        scope: { pods: names },
        evidence: {
          policies: distinct(
            pods.flatMap((p) => groupsOf(p).policies.map((policy) => `${policy.namespace}/${policy.name}`)),
          ),
          podGroups: distinct(told.flatMap((p) => p.own)),
          nodeGroups: distinct(told.flatMap((p) => p.ofNode)),
          pods: names,
          harmless: loose.length === 0 || (loose.some((p) => p.tight === false) ? false : null),
        },
        fixes:
          loose.length === 0
            ? []
            : [
                // without translation on the node an internet gateway answers no pod
                ...(toInternet
                  ? []
                  : setSettings(
                      fix,
                      'Let pods leave the VPC under their own address',
                      { set: { [EXTERNAL_SNAT]: 'true' } },
                      {
                        more: "Then the pods' own groups hold for what leaves the VPC too.",
                        mind: 'All pods of the cluster then need a NAT gateway, or a peer that routes back to their addresses.',
                      },
                    )),
                ...setSettings(
                  fix,
                  'Or use strict mode',
                  { set: { [ENFORCING_MODE]: 'strict' } },
                  {
                    more: 'Pods keep the mode they were made in: start them anew after that.',
                    mind: toInternet
                      ? 'Their subnet goes straight to an internet gateway, which answers no pod in strict mode: move them to private subnets first.'
                      : 'Everything then goes by their groups, probes and DNS from the own node included.',
                  },
                ),
                ...startAnew(pods, 'Only after strict mode was set and aws-node has restarted everywhere.'),
              ],
      },
    ];
  },
  unjudged: ({ branch, networking: net }, { gapsOf }) => {
    const concerned = isStrict(net) === false && usesExternalSnat(net) === false;
    const gaps = concerned && branch.length > 0 ? gapsOf('enis') : [];
    return gaps.length === 0 ? undefined : { count: branch.length, of: branch.length, what: 'pod', gaps };
  },
  summary: (e) =>
    `what ${things(e.pods.length, 'pod')} with security groups (${some(e.pods)}) ${verb(e.pods.length, 'sends', 'send')} out of the VPC goes by the groups of the node (${some(e.nodeGroups)}), not by ${some(e.podGroups)}${
      e.harmless ? ', which allow no less' : ''
    }`,
  explanation: {
    why: 'In standard mode the node translates what leaves the VPC to its own address and sends it from its primary interface. A rule that keeps a pod from the internet, or from a peered network, does not hold there.',
    how: 'Standard enforcing mode, AWS_VPC_K8S_CNI_EXTERNALSNAT not true, and pods with branch ENIs. Information where every rule out of the groups of the node is allowed by the groups of the pod too: then nothing is let through that they would stop.',
    fix: 'Turn external SNAT on, with NAT gateways in private subnets, or use strict mode; or give the nodes groups as tight.',
    verify: 'A pod can no longer reach an address outside the VPC that its groups do not allow.',
    references: [
      'amazon-vpc-cni-k8s README.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    ],
  },
});
