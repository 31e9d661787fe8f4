import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { branchPods, podName } from '../facts/branch-pods.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { isStrict, usesExternalSnat } from '../facts/support/pod-traffic.ts';
import { routesOf } from '../facts/support/routes-of.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { podResources } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({
  subnetId: v.string(),
  routeTableId: v.string(),
  /** The internet gateway of the default route. */
  gateway: v.string(),
  strict: v.boolean(),
  pods: v.array(v.string()),
  nodes: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

const ANYWHERE = '0.0.0.0/0';

export const SGP011 = defineCheck({
  code: 'SGP011',
  title: 'Pods with security groups have no way to the internet',
  severity: 'error',
  grain: 'subnet',
  patterns: ['sgp', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs: { networking, branch: branchPods, enis: nodeEnis, tables: section('routeTables') },
  helps: { fix: fixContext },
  partialOk: ['networking', 'branch', 'enis'],
  evidence,
  evaluate: ({ networking: net, branch, enis, tables, fix }) => {
    const strict = isStrict(net);
    if (strict === undefined || !(strict || usesExternalSnat(net))) return [];
    const placed = branch.flatMap((pod) => {
      const on = pod.node === undefined ? undefined : enis.get(pod.node);
      // a branch lies in the subnet of its trunk
      const eni = on?.branch.find((e) => e.eniId === pod.branchEniId) ?? on?.trunk;
      return eni ? [{ pod, subnetId: eni.subnetId }] : [];
    });
    return [...groupBy(placed, (p) => p.subnetId)].flatMap(([subnetId, members]): Draft<Evidence>[] => {
      const table = routesOf(tables, subnetId);
      const route = table?.routes.find((r) => r.destination === ANYWHERE);
      if (!table || !route?.target?.startsWith('igw-')) return [];
      const names = members.map((m) => podName(m.pod)).sort();
      const nodes = [...new Set(members.flatMap((m) => m.pod.node ?? []))].sort();
      return [
        {
          key: subnetId,
          confidence: 'derived',
          resources: [{ kind: 'subnet', id: subnetId }, ...podResources(names)],
          scope: { subnets: [subnetId], pods: names },
          evidence: {
            subnetId,
            routeTableId: table.routeTableId,
            gateway: route.target,
            strict,
            pods: names,
            nodes,
          },
          fixes: [
            {
              title: 'See the NAT gateways of the VPC, and run these pods on nodes in subnets that go out through one',
              commands: natGateways(fix),
              changes: `Nothing: it lists them. A branch ENI cannot be moved: the node, and with it the trunk, has to be in a subnet whose default route goes to a NAT gateway. Changing the route of ${subnetId} itself would cut off what is reached there by public addresses.`,
              effect: 'node-replacement',
            },
          ],
        },
      ];
    });
  },
  unjudged: ({ branch, enis }) => {
    const lost = branch.filter((p) => p.node !== undefined && !enis.get(p.node)?.trunk);
    return unjudged(
      'pod',
      branch.length,
      lost.map(() => ({ kind: 'not-told', reason: 'the trunk ENI of a node is not known' })),
    );
  },
  summary: (e) =>
    `${things(e.pods.length, 'pod')} with security groups of ${verb(e.pods.length, 'its', 'their')} own (${some(e.pods)}) ${verb(e.pods.length, 'sends', 'send')} what leaves the VPC from ${e.subnetId} straight to ${e.gateway}: a branch ENI has no public address, so nothing comes back`,
  explanation: {
    why: 'A branch ENI never has a public address, and in strict mode, or with external SNAT, nothing on the node translates the address of the pod. The internet gateway passes such packets on to nowhere.',
    how: 'Pods with a branch ENI, in strict enforcing mode or with AWS_VPC_K8S_CNI_EXTERNALSNAT, whose branch or trunk lies in a subnet with a default route to an internet gateway. Pods that only talk inside the VPC and to VPC endpoints are not harmed, which cannot be seen.',
    fix: 'Run these pods on nodes in private subnets with a route to a NAT gateway.',
    verify: 'A pod with security groups reaches an address outside the VPC.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    ],
  },
});

function natGateways(fix: FixContext): string[] {
  const vpcId = fix.cluster?.vpcId;
  if (vpcId === undefined) return [];
  return [aws(fix, 'ec2', 'describe-nat-gateways', '--filter', `Name=vpc-id,Values=${named('vpc', vpcId)}`)];
}
