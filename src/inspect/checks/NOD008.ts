import * as v from 'valibot';
import { count, some, things } from '../contract/words.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  nodes: v.array(v.string()),
  instanceTypes: v.array(v.string()),
  /** Interfaces with more addresses than the services answer on. */
  enis: v.array(v.object({ eniId: v.string(), addresses: v.number() })),
});

/** EC2 User Guide, "IP addresses per network interface": read in the copy that amazon-eks-ami fb0c393 quotes. */
const LIMITED_TYPES = new Set(['f1.16xlarge', 'g3.16xlarge', 'h1.16xlarge', 'i3.16xlarge', 'r4.16xlarge']);
const ANSWERED = 31;

export const NOD008 = defineCheck({
  code: 'NOD008',
  title: 'Old types lose metadata, DNS and time beyond 31 addresses on an ENI',
  severity: 'info',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { nodes: nodesServedByCni, enis: nodeEnis, at: nodeInstances },
  helps: { fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ enis, at, fix }) => {
    const crowded = [...enis.values()].filter(
      (e) => LIMITED_TYPES.has(at.get(e.node.name)?.instanceType ?? '') && beyond(e).length > 0,
    );
    if (crowded.length === 0) return [];
    const nodes = crowded.map((e) => e.node.name);
    const targets = { set: { MINIMUM_IP_TARGET: String(ANSWERED - 1), WARM_IP_TARGET: '1' } };
    return [
      {
        key: 'nodes',
        confidence: 'derived',
        resources: nodeResources(nodes),
        scope: { nodes },
        evidence: {
          nodes,
          instanceTypes: [...new Set(nodes.map((n) => at.get(n)?.instanceType ?? ''))].sort(),
          enis: crowded.flatMap(beyond).map((eni) => ({ eniId: eni.eniId, addresses: heldBy(eni) })),
        },
        fixes: setSettings(
          fix,
          `Keep the pool at ${ANSWERED - 1} addresses, so that fewer are held than one ENI answers for`,
          targets,
          {
            mind: 'Nodes with more pods than that still fill an ENI further: move those to a newer type.',
          },
        ),
      },
    ];
  },
  summary: (e) =>
    `${things(e.nodes.length, 'node')} of ${some(e.instanceTypes)} hold${e.nodes.length === 1 ? 's' : ''} up to ${count(Math.max(...e.enis.map((x) => x.addresses)))} addresses on one ENI: from the 32nd on, instance metadata, VPC DNS and time do not answer`,
  explanation: {
    why: 'Pods on those addresses resolve no names through the VPC resolver and get no credentials of the node, while their neighbours on the same node do.',
    how: 'f1, g3, h1, i3 and r4 of size 16xlarge, with an interface that holds more than 31 addresses, those of prefixes included. Only information: whether pods on such addresses use these services cannot be seen.',
    fix: 'Use a newer instance type for these nodes, or keep the pool small.',
    verify: 'vpccni inspect no longer shows an interface with more than 31 addresses on these nodes.',
    references: [
      'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/366',
    ],
  },
});

function beyond(e: NodeEnis): NetworkInterface[] {
  return e.data.filter((eni) => heldBy(eni) > ANSWERED);
}

function heldBy(eni: NetworkInterface): number {
  return (eni.primaryIp === undefined ? 0 : 1) + eni.secondaryIps.length + eni.prefixes.length * 16;
}
