import * as v from 'valibot';
import { count, things, verb } from '../contract/words.ts';
import { branchPods } from '../facts/branch-pods.ts';
import { section } from '../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../facts/demand.ts';
import { networking } from '../facts/networking.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { excessPods } from '../facts/support/limits-met.ts';
import { defineCheck } from './define-check.ts';
import { renewFixInputs, renewNodes } from './fixes/renew-nodes.ts';
import { setSettings } from './fixes/settings.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  enablePodEni: v.boolean(),
  /** SecurityGroupPolicies, and pods that have or ask for a branch ENI. */
  policies: v.number(),
  branchPods: v.number(),
  nodes: v.number(),
  trunks: v.number(),
  /** Pod addresses the slots of the trunks could hold. */
  addresses: v.number(),
  /** Nodes that admit more pods than they can address, and would not without the trunk. */
  tooFullFor: v.number(),
});

export const SGP013 = defineCheck({
  code: 'SGP013',
  title: 'A trunk is reserved but nothing uses it',
  severity: 'info',
  worst: 'warning',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: {
    networking,
    capacity: nodeCapacity,
    enis: nodeEnis,
    nodes: nodesServedByCni,
    policies: section('securityGroupPolicies'),
    branch: branchPods,
  },
  helps: { demand, ...renewFixInputs },
  partialOk: ['networking', 'capacity', 'enis', 'nodes'],
  evidence,
  evaluate: (from) => {
    const { networking: net, capacity, enis, policies, branch, demand: pods, fix } = from;
    const on = net.settings.podEni;
    const held = [...capacity.values()].filter((c) => c.trunk > 0 && (on || enis.get(c.node.name)?.trunk));
    if (held.length === 0 || branch.length > 0 || (on && policies.length > 0)) return [];
    const names = held.map((c) => c.node.name);
    const hit = held.filter((c) => {
      const excess = excessPods(c, pods?.get(c.node.name) ?? NO_DEMAND);
      return excess > 0 && excess <= trunkAddresses(c);
    });
    return [
      {
        key: fix.cluster?.name ?? 'cluster',
        ...(on ? {} : { subReason: 'leftover' }),
        severity: hit.length > 0 ? 'warning' : 'info',
        confidence: 'derived',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          enablePodEni: on,
          policies: policies.length,
          branchPods: branch.length,
          nodes: names.length,
          trunks: held.filter((c) => enis.get(c.node.name)?.trunk).length,
          addresses: held.reduce((n, c) => n + trunkAddresses(c), 0),
          tooFullFor: hit.length,
        },
        fixes: [
          ...(on
            ? setSettings(
                fix,
                'Turn security groups for pods off',
                { set: { ENABLE_POD_ENI: 'false' } },
                {
                  more: 'Nodes of today keep their trunk until they are replaced.',
                  mind: 'SecurityGroupPolicies that come later have no effect while it is off.',
                },
              )
            : []),
          ...renewNodes(
            from,
            held,
            on
              ? 'Only after security groups for pods were turned off: new nodes then attach no trunk.'
              : 'New nodes attach no trunk: its slot holds pod addresses.',
          ),
        ],
      },
    ];
  },
  summary: (e) =>
    `${
      e.enablePodEni
        ? `security groups for pods are on, and no ${e.policies === 0 ? 'SecurityGroupPolicy exists' : 'pod uses them'}`
        : `security groups for pods are off, and ${things(e.trunks, 'trunk ENI')} ${verb(e.trunks, 'is', 'are')} still attached`
    }: ${things(e.nodes, 'node')} ${verb(e.nodes, 'does', 'do')} without ${things(e.addresses, 'pod address', 'pod addresses')}${
      e.tooFullFor > 0
        ? `, for want of which ${count(e.tooFullFor)} ${verb(e.tooFullFor, 'admits', 'admit')} too many pods`
        : ''
    }`,
  explanation: {
    why: 'On each node that can carry one, the trunk takes the slot of an ENI with all its pod addresses, whether a pod needs a branch ENI or not.',
    how: 'ENABLE_POD_ENI is true, no SecurityGroupPolicy exists and no pod asks for a branch ENI. leftover: the setting is off again, but trunks are attached; they stay until the nodes are replaced. Only information: policies may be made on demand. A warning where nodes admit more pods than they can address and would not with the slot of the trunk. Not evaluated where policies or pods were read in part.',
    fix: 'Set ENABLE_POD_ENI to false and replace the nodes, unless policies are to come.',
    verify: 'vpccni inspect shows no trunk on the new nodes.',
    references: ['amazon-vpc-cni-k8s README.md', 'https://karpenter.sh/docs/troubleshooting/'],
  },
});

function trunkAddresses(c: NodeCapacity): number {
  return c.slotsPerEni * (c.mode === 'prefix' ? 16 : 1);
}
