import * as v from 'valibot';
import { things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { demand } from '../facts/demand.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { type Leak, leakedEnis, olderThan } from '../facts/leaked-enis.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { type NodesByPlatform, nodesServedByCni } from '../facts/platforms.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  variable: v.string(),
  /** Leaked ENIs now; null where ENIs were not read. */
  leaked: v.nullable(v.number()),
  nodes: v.number(),
  /** Nodes whose pods want every address that is attached; null where ENIs or pods could not be read. */
  deadEnds: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;

export const CFG006 = defineCheck({
  code: 'CFG006',
  title: 'Cleanup or provisioning is switched off',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { networking, nodes: nodesServedByCni },
  helps: { leaks: leakedEnis, instances: section('instances'), enis: nodeEnis, demand, fix: fixContext },
  partialOk: true,
  explains: ['HLT001'],
  evidence,
  evaluate: (from, { policy, gapsOf }): readonly Draft<Evidence>[] => {
    const { networking: net, nodes, enis, demand: pods, fix } = from;
    const leaked =
      from.leaks && gapsOf('leaks').length === 0
        ? olderThan(policy.thresholds.leakedEniMinutes, from.leaks).length
        : null;
    const { settings, env } = net;
    if (settings.provisioningDisabled) {
      const variable = settings.imdsOnly ? 'ENABLE_IMDS_ONLY_MODE' : 'DISABLE_NETWORK_RESOURCE_PROVISIONING';
      const unread = gapsOf('enis').length + gapsOf('demand').length > 0;
      const deadEnds = unread
        ? []
        : nodes.served.flatMap(({ name }) => {
            const held = enis?.get(name)?.held;
            const wanted = pods?.get(name)?.addressed ?? 0;
            return held !== undefined && wanted > 0 && wanted >= held ? [name] : [];
          });
      return [
        {
          key: variable,
          subReason: 'no-provisioning',
          severity: deadEnds.length > 0 ? 'error' : 'warning',
          confidence: 'derived',
          resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }, ...nodeResources(deadEnds)],
          scope: { nodes: deadEnds },
          evidence: { variable, leaked, nodes: nodes.served.length, deadEnds: unread ? null : deadEnds },
          fixes: setSettings(
            fix,
            `Let aws-node ask EC2 for addresses: ${variable}=false`,
            { set: { [variable]: 'false' } },
            { mind: 'Where it was switched off on purpose, attach further ENIs to these nodes instead.' },
          ),
        },
      ];
    }
    const untagged = untaggedLeaks(from, olderThan(policy.thresholds.leakedEniMinutes, from.leaks));
    if (settings.leakedEniCleanup || env.DISABLE_LEAKED_ENI_CLEANUP === undefined) return untagged;
    return [
      ...untagged,
      {
        key: 'DISABLE_LEAKED_ENI_CLEANUP',
        subReason: 'no-cleanup',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: { variable: 'DISABLE_LEAKED_ENI_CLEANUP', leaked, nodes: nodes.served.length, deadEnds: [] },
        fixes: setSettings(fix, 'Let aws-node clean up again', {
          set: { DISABLE_LEAKED_ENI_CLEANUP: 'false' },
        }),
      },
    ];
  },
  unjudged: ({ networking: net, nodes, leaks }, { gapsOf }) => {
    if (net.env.CLUSTER_NAME || net.settings.provisioningDisabled) return undefined;
    // without instances it is not known whose an ENI without a tag is
    const unknown = leaks?.some((l) => l.reason === 'unknown-instance') ?? false;
    const gaps = [...gapsOf('leaks'), ...(unknown ? gapsOf('instances') : [])];
    return gaps.length === 0 ? undefined : { count: nodes.served.length, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) =>
    e.variable === 'CLUSTER_NAME'
      ? `CLUSTER_NAME is not set on aws-node: its ENIs carry no cluster tag, so the control plane never cleans them up; ${things(e.leaked ?? 0, 'such ENI has', 'such ENIs have')} leaked now`
      : e.variable === 'DISABLE_LEAKED_ENI_CLEANUP'
        ? `DISABLE_LEAKED_ENI_CLEANUP is true: nothing deletes ENIs that aws-node leaves behind${e.leaked === null ? '' : `; ${things(e.leaked, 'such ENI')} now`}`
        : `${e.variable} is true: aws-node asks EC2 for nothing, so ${things(e.nodes, 'node')} live${e.nodes === 1 ? 's' : ''} on what is attached${
            e.deadEnds && e.deadEnds.length > 0
              ? `; ${things(e.deadEnds.length, 'node')} ha${e.deadEnds.length === 1 ? 's' : 've'} no address left`
              : ''
          }`,
  explanation: {
    why: 'Leaked ENIs add up until the subnet is empty, and pods on a node that may not ask for more wait for addresses that nobody requests.',
    how: 'no-cleanup: DISABLE_LEAKED_ENI_CLEANUP is true. untagged, information beside LEK001: CLUSTER_NAME is not set, and ENIs without a cluster tag have leaked. no-provisioning: DISABLE_NETWORK_RESOURCE_PROVISIONING or ENABLE_IMDS_ONLY_MODE is true; an error where the pods of a node already want every attached address. Both are meant in VPCs that are locked down: suppress it there.',
    fix: 'Take the variable away, or attach ENIs to the nodes by whatever attaches them there.',
    verify: 'vpccni inspect shows the settings in force; leaked ENIs are gone an hour later.',
    references: [
      'amazon-vpc-cni-k8s README.md',
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go disableLeakedENICleanup',
      'amazon-vpc-resource-controller-k8s pkg/aws/ec2/api/cleanup/eni_cleanup.go',
    ],
  },
});

/** Without its name aws-node tags no ENI for the cluster (`awsutils.go:buildENITags`); told where ENIs leaked because of it. */
function untaggedLeaks(
  { networking: net, nodes, fix }: { networking: Networking; nodes: NodesByPlatform; fix: FixContext },
  leaks: readonly Leak[],
): Draft<Evidence>[] {
  const mine = leaks.filter((l) => l.reason === 'no-cluster-tag');
  if (net.env.CLUSTER_NAME || net.unresolved.includes('CLUSTER_NAME') || mine.length === 0) return [];
  return [
    {
      key: 'CLUSTER_NAME',
      subReason: 'untagged',
      // LEK001 warns of the ENIs themselves; this keeps more from coming
      severity: 'info',
      confidence: 'derived',
      resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
      scope: {},
      evidence: { variable: 'CLUSTER_NAME', leaked: mine.length, nodes: nodes.served.length, deadEnds: [] },
      fixes: fix.cluster
        ? setSettings(
            fix,
            `Tell aws-node the name of its cluster: CLUSTER_NAME=${fix.cluster.name}`,
            { set: { CLUSTER_NAME: fix.cluster.name } },
            {
              more: 'ENIs made from then on carry the tag; those that leaked already have to be deleted by hand (LEK001).',
            },
          )
        : [],
    },
  ];
}
