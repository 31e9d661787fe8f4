import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { named } from '../shell.ts';
import { defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({
  instances: v.array(v.object({ instanceId: v.string(), node: v.string(), tokens: v.string(), hopLimit: v.number() })),
  notReady: v.number(),
});

export const NOD005 = defineCheck({
  code: 'NOD005',
  title: 'Instance metadata is switched off, which aws-node needs',
  severity: 'error',
  grain: 'cluster',
  needs: { nodes: nodesServedByCni, at: nodeInstances, instances: section('instances') },
  helps: { fix: fixContext },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  evaluate: ({ nodes, at, fix }) => {
    const off = nodes.served.flatMap((node) => {
      const instance = at.get(node.name)?.instance;
      return instance?.metadata?.endpoint === 'disabled' ? [{ node, instance, metadata: instance.metadata }] : [];
    });
    if (off.length === 0) return [];
    const names = off.map(({ node }) => node.name);
    const notReady = off.filter(({ node }) => node.ready !== 'True').length;
    return [
      {
        key: 'nodes',
        confidence: notReady > 0 ? 'observed' : 'derived',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          instances: off.map(({ node, instance, metadata }) => ({
            instanceId: instance.instanceId,
            node: node.name,
            tokens: metadata.tokens,
            hopLimit: metadata.hopLimit,
          })),
          notReady,
        },
        fixes: [
          {
            title: 'Switch instance metadata on, with tokens required',
            commands: off.map(({ instance }) =>
              aws(
                fix,
                'ec2',
                'modify-instance-metadata-options',
                '--instance-id',
                named('instance', instance.instanceId),
                '--http-endpoint',
                'enabled',
                '--http-tokens',
                'required',
              ),
            ),
            changes:
              'aws-node reads zone, MAC addresses and subnets of the instance again. Set it in the launch template too, for new nodes.',
            effect: 'immediate',
          },
        ],
      },
    ];
  },
  unjudged: ({ nodes, at }) =>
    unjudged(
      'node',
      nodes.served.length,
      nodes.served
        .filter((n) => n.instanceId !== undefined && at.get(n.name)?.instance?.metadata === undefined)
        .map(() => ({ kind: 'not-told', reason: 'EC2 does not say whether an instance has its metadata on' })),
    ),
  summary: (e) =>
    `${things(e.instances.length, 'node')} (${some(e.instances.map((i) => i.instanceId))}) ${verb(e.instances.length, 'has', 'have')} the instance metadata endpoint off, without which aws-node cannot start${
      e.notReady > 0 ? `; ${e.notReady} not ready` : ''
    }`,
  verdict: () => 'the instance metadata is switched off',
  explanation: {
    why: 'ipamd reads the zone, the MAC addresses and the subnets of the instance from its metadata and exits without them. A node on which it runs already goes on until the next restart.',
    how: 'HttpEndpoint is disabled in the metadata options of the instance. A hop limit of 1 and tokens alone are no trouble: aws-node is on the host network.',
    fix: 'Enable the endpoint with tokens required; leave the hop limit as it is.',
    verify: 'kubectl -n kube-system get pods -l k8s-app=aws-node: all Running on these nodes.',
    references: [
      'amazon-vpc-cni-k8s pkg/awsutils/awsutils.go initWithEC2Metadata',
      'amazon-vpc-cni-k8s docs/troubleshooting.md',
    ],
  },
});
