import * as v from 'valibot';
import { listed, some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { INSTANCE_TAG, NO_MANAGE_TAG, nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { named } from '../shell.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import type { Workloads } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  enis: v.array(
    v.object({
      eniId: v.string(),
      node: v.string(),
      type: v.string(),
      deviceIndex: v.number(),
      addresses: v.number(),
    }),
  ),
  nodes: v.number(),
  /** DaemonSets that attach interfaces of their own; empty where workloads were not read. */
  attachers: v.nullable(v.array(v.string())),
  adopted: v.boolean(),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Programs that give pods further interfaces, by the names their manifests use. */
const ATTACHERS = /^(?:kube-multus|multus|aws-efa-k8s-device-plugin|efa-device-plugin)/;

export const NOD003 = defineCheck({
  code: 'NOD003',
  title: 'Foreign or unmanaged ENIs take slots',
  severity: 'info',
  worst: 'warning',
  grain: 'cluster',
  namesEnis: true,
  modes: ['secondary', 'prefix'],
  needs: { nodes: nodesServedByCni, enis: nodeEnis },
  helps: { workloads: section('workloads'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ enis, workloads, fix }) => {
    const all = [...enis.values()];
    const left = all.flatMap((e) => e.unmanaged.map((eni) => ({ eni, node: e.node.name })));
    const taken = all.flatMap((e) =>
      e.data.filter((eni) => eni !== e.primary && isForeign(eni)).map((eni) => ({ eni, node: e.node.name })),
    );
    const attachers = attachersIn(workloads);
    return [
      ...(left.length > 0 ? [draft('unmanaged', left, attachers, [])] : []),
      ...(taken.length > 0
        ? [
            draft('adopted', taken, attachers, [
              {
                title: 'Tag them so that aws-node leaves them alone, then set maxPods to what is left',
                commands: [
                  aws(
                    fix,
                    'ec2',
                    'create-tags',
                    '--resources',
                    ...taken.map(({ eni }) => named('eni', eni.eniId)),
                    '--tags',
                    `Key=${NO_MANAGE_TAG},Value=true`,
                  ),
                ],
                changes: 'aws-node gives pods no address of these interfaces any more and never releases one.',
                effect: 'minutes',
                risk: 'Pods that already run on their addresses keep them: drain these nodes first. The value must be exactly true.',
              },
            ]),
          ]
        : []),
    ];
  },
  summary: (e) =>
    `${things(e.enis.length, 'ENI')} on ${things(e.nodes, 'node')} (${some(e.enis.map((x) => x.eniId))}) ${
      e.adopted
        ? `carr${e.enis.length === 1 ? 'ies' : 'y'} no tag of aws-node, which gives their addresses to pods all the same${e.attachers && e.attachers.length > 0 ? `, though ${listed(e.attachers)} may use them` : ''}`
        : `take${e.enis.length === 1 ? 's' : ''} slots that pods cannot use`
    }`,
  explanation: {
    why: 'An interface that aws-node does not manage makes the node smaller than its type. One that something else attached and nobody tagged is adopted: its addresses are handed to pods, and released when they are idle, under whoever believes it owns them.',
    how: 'unmanaged, information: tagged node.k8s.amazonaws.com/no_manage=true, EFA-only, or untagged while MANAGE_UNTAGGED_ENI is false; MAX001 tells where maxPods is too high for it. adopted: attached beside the primary one, without the tag and the description of aws-node; a warning where Multus or an EFA device plugin runs.',
    fix: 'Tag interfaces that belong to something else with node.k8s.amazonaws.com/no_manage=true, and set maxPods to what is left.',
    verify: 'vpccni inspect counts them as unmanaged after the next restart of aws-node on the node.',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go setUnmanagedENIs',
      'amazon-vpc-cni-k8s README.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3660',
    ],
  },
});

/** Neither made by ipamd nor tagged for it. */
function isForeign(eni: NetworkInterface): boolean {
  return eni.tags[INSTANCE_TAG] === undefined && eni.origin.kind !== 'cni-secondary';
}

function attachersIn(workloads: Workloads | undefined): string[] | null {
  if (!workloads) return null;
  return (workloads?.daemonSets ?? []).filter((d) => ATTACHERS.test(d.name)).map((d) => `${d.namespace}/${d.name}`);
}

function draft(
  subReason: 'unmanaged' | 'adopted',
  members: readonly { readonly eni: NetworkInterface; readonly node: string }[],
  attachers: readonly string[] | null,
  fixes: Draft<Evidence>['fixes'],
): Draft<Evidence> {
  const nodes = [...new Set(members.map((m) => m.node))];
  return {
    key: 'nodes',
    subReason,
    severity: subReason === 'adopted' && attachers && attachers.length > 0 ? 'warning' : 'info',
    confidence: 'observed',
    resources: [...members.map((m) => ({ kind: 'eni' as const, id: m.eni.eniId })), ...nodeResources(nodes)],
    scope: { nodes },
    evidence: {
      enis: members.map(({ eni, node }) => ({
        eniId: eni.eniId,
        node,
        type: eni.type,
        deviceIndex: eni.attachment?.deviceIndex ?? 0,
        addresses: eni.secondaryIps.length + eni.prefixes.length * 16,
      })),
      nodes: nodes.length,
      attachers: attachers && [...attachers],
      adopted: subReason === 'adopted',
    },
    fixes,
  };
}
