import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { instanceLimits } from '../facts/instance-limits.ts';
import { isRecent, refusedNode } from '../facts/node-troubles.ts';
import { isHyperPod, nodesServedByCni } from '../facts/platforms.ts';
import { commandLine, json } from '../shell.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { cniRole, cniRoleInputs } from './fixes/iam-roles.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  nodes: v.array(v.string()),
  /** Their types as labelled, and the EC2 type whose limits come nearest; null where that is not known either. */
  types: v.array(v.object({ type: v.string(), ec2Type: v.nullable(v.string()) })),
  /** The action AWS refused; null where no refusal was seen. */
  refused: v.nullable(v.string()),
  refusedNodes: v.array(v.string()),
  cniVersion: v.nullable(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** What aws-node asks instead of ec2:AttachNetworkInterface on these nodes (amazon-vpc-cni-k8s pull request 3874). */
const ACTION = 'sagemaker:AttachClusterNodeNetworkInterface';
const EC2_ACTION = 'ec2:AttachNetworkInterface';

export const PLT008 = defineCheck({
  code: 'PLT008',
  title: 'HyperPod nodes',
  severity: 'info',
  worst: 'error',
  grain: 'cluster',
  needs: { nodes: nodesServedByCni },
  helps: {
    cni: section('cni'),
    events: section('events'),
    limitsOf: instanceLimits,
    ...cniRoleInputs,
  },
  partialOk: true,
  explains: ['HLT001', 'IAM001'],
  evidence,
  notApplicable: ({ nodes }) =>
    nodes.served.some(isHyperPod) ? undefined : 'no node is one of a SageMaker HyperPod cluster',
  evaluate: (from, { now }): Draft<Evidence>[] => {
    const { nodes, cni, events, limitsOf } = from;
    const mine = nodes.served.filter(isHyperPod);
    const names = new Set(mine.map((n) => n.name));
    const refusals = (events ?? []).flatMap((e) => {
      const node =
        isRecent(e, now) && (e.action === ACTION || e.action === EC2_ACTION) ? refusedNode(e, cni) : undefined;
      return node !== undefined && names.has(node) ? [{ node, action: e.action! }] : [];
    });
    const types = [...new Set(mine.map(typeOf))].sort();
    const refusedNodes = [...new Set(refusals.map((r) => r.node))].sort();
    const refused = refusals[0]?.action ?? null;
    return [
      {
        key: 'hyperpod',
        ...(refused === null ? {} : { subReason: 'attach-refused' }),
        severity: refused === null ? 'info' : 'error',
        confidence: 'observed',
        resources: nodeResources([...names]),
        scope: { nodes: refused === null ? [] : refusedNodes },
        evidence: {
          nodes: [...names],
          types: types.map((type) => {
            const ec2Type = type.replace(/^ml\./, '');
            return { type, ec2Type: limitsOf?.(ec2Type) ? ec2Type : null };
          }),
          refused,
          refusedNodes,
          cniVersion: cni?.version ?? null,
        },
        fixes: refused === null ? [] : allowAttach(from, refused),
        explains: refused === null ? [] : ['HLT001', 'IAM001'],
      },
    ];
  },
  summary: (e) =>
    e.refused === null
      ? `${things(e.nodes.length, 'node')} of SageMaker HyperPod (${some(e.types.map((t) => t.type))}): ${verb(e.nodes.length, 'it takes', 'they take')} part of the ENIs of ${verb(e.nodes.length, 'its type', 'their types')} for ${verb(e.nodes.length, 'itself', 'themselves')}, so what pods can have there is not known`
      : `AWS refuses ${e.refused} to aws-node on ${things(e.refusedNodes.length, 'HyperPod node')} (${some(e.refusedNodes)}): no further ENI is attached there`,
  verdict: () => 'AWS refuses to attach an ENI to a HyperPod node',
  explanation: {
    why: 'HyperPod nodes look like EC2 instances and are not the account’s own: they keep part of the ENIs for themselves, and attaching one goes through SageMaker.'.replace(
      '’',
      "'",
    ),
    how: "Nodes with a providerID of sagemaker/cluster/hyperpod, the label sagemaker.amazonaws.com/compute-type=hyperpod or a type ml.*. Information; an error where an event says that AWS refused aws-node sagemaker:AttachClusterNodeNetworkInterface or, in releases that do not know it, ec2:AttachNetworkInterface there. Limits of these types are not known, so checks that count a node's addresses leave them out and say so.",
    fix: 'Allow the action to the role aws-node runs under; with releases that ask EC2, move to one that asks SageMaker.',
    verify:
      'kubectl get events -A --field-selector reason=MissingIAMPermissions shows none; further ENIs are attached.',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/pull/3874',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3753',
      'https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks.html',
    ],
  },
});

function typeOf(node: Node): string {
  return node.labels['node.kubernetes.io/instance-type'] ?? 'unknown type';
}

function allowAttach(from: Parameters<typeof cniRole>[0], refused: string): Fix[] {
  const role = /^arn:[a-z-]+:iam::\d+:role\/(?:.*\/)?([^/]+)$/.exec(cniRole(from) ?? '')?.[1];
  const statement = { Effect: 'Allow', Action: [ACTION, EC2_ACTION], Resource: '*' };
  return [
    {
      title: `Allow ${ACTION} to the role of aws-node`,
      commands:
        role === undefined
          ? []
          : [
              commandLine(
                ...['aws', 'iam', 'put-role-policy', '--role-name', role, '--policy-name', 'hyperpod-attach-eni'],
                ...['--policy-document', json({ Version: '2012-10-17', Statement: [statement] })],
              ),
            ],
      changes: 'Adds an inline policy with these two actions to the role; aws-node tries again by itself.',
      effect: 'minutes',
      ...(refused === EC2_ACTION
        ? {
            risk: 'This release asks EC2, which may refuse it for HyperPod nodes whatever the role allows: move aws-node to a release that asks SageMaker.',
          }
        : {}),
    },
  ];
}
