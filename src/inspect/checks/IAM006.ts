import * as v from 'valibot';
import { some, things } from '../contract/words.ts';
import { cniIdentity, nodesWithoutRole } from '../facts/cni-identity.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { requiredActions } from '../facts/support/cni-actions.ts';
import { allowing, globMatches, verdictOn } from '../facts/support/iam-policy.ts';
import { named } from '../shell.ts';
import type { IamRole, PolicyStatement } from '../snapshot/account.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { aws } from './support/commands.ts';

const evidence = v.object({
  reason: v.picklist(['cluster-name', 'old-enis', 'instance-tag']),
  role: v.string(),
  actions: v.array(v.string()),
  /** The condition as it stands: `aws:RequestTag/cluster.k8s.amazonaws.com/name`. */
  condition: v.string(),
  wanted: v.array(v.string()),
  /** What aws-node or the instance carries; null for nothing. */
  found: v.nullable(v.string()),
  nodes: v.number(),
  enis: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

const CLUSTER_TAG = 'cluster.k8s.amazonaws.com/name';
/** Tags of what is asked for, of what is there. */
const REQUEST = /^aws:RequestTag\/(.+)$/i;
const RESOURCE = /^(?:aws|ec2):ResourceTag\/(.+)$/i;

export const IAM006 = defineCheck({
  code: 'IAM006',
  title: 'Scoped-down policy does not match real ENIs',
  severity: 'error',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { networking, identity: cniIdentity },
  helps: {
    cluster: section('cluster'),
    enis: section('networkInterfaces'),
    at: nodeInstances,
    instances: section('instances'),
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002', 'IAM001'],
  evidence,
  notApplicable: ({ networking: net }) =>
    net.settings.provisioningDisabled ? 'aws-node is set to ask nothing of EC2' : undefined,
  evaluate: (from): Draft<Evidence>[] => {
    const { networking: net, identity, cluster, enis, at, fix } = from;
    if (net.unresolved.includes('CLUSTER_NAME')) return [];
    const name = net.env.CLUSTER_NAME || undefined;
    return identity.roles.flatMap(({ role, nodes }): Draft<Evidence>[] => {
      const scoped = scopedActions(role, requiredActions(net), cluster?.region);
      const base = { role: role.arn, nodes: nodes.length, enis: [] as string[] };
      const draft = (part: Omit<Evidence, 'role' | 'nodes' | 'enis'> & { readonly enis?: string[] }) =>
        ({
          key: role.name,
          subReason: part.reason,
          confidence: 'derived',
          resources: [{ kind: 'role', id: role.arn }],
          scope: { nodes },
          evidence: { ...base, ...part },
        }) as const;
      const byCluster = scoped.filter((s) => s.tag === CLUSTER_TAG);
      const unmet = byCluster.filter((s) => name === undefined || !s.values.some((x) => globMatches(x, name)));
      const own = cluster?.name;
      if (unmet.length > 0) {
        const wanted = unmet[0]!.values;
        const cures = own !== undefined && wanted.some((x) => globMatches(x, own));
        return [
          {
            ...draft({
              reason: 'cluster-name',
              actions: unmet.map((s) => s.action),
              condition: unmet[0]!.key,
              wanted: [...wanted],
              found: name ?? null,
            }),
            fixes: cures
              ? setSettings(
                  fix,
                  `Have aws-node tag its ENIs with the cluster: CLUSTER_NAME=${own}`,
                  { set: { CLUSTER_NAME: own } },
                  { mind: 'ENIs that were made without the tag stay without it until their node goes.' },
                )
              : [],
          },
        ];
      }
      const held = new Set(nodes);
      const untagged = ownEnis(enis, at, held).filter((e) => e.tags[CLUSTER_TAG] === undefined);
      const onResources = byCluster.filter((s) => !s.request);
      const found: Draft<Evidence>[] = [];
      if (onResources.length > 0 && untagged.length > 0)
        found.push({
          ...draft({
            reason: 'old-enis',
            actions: onResources.map((s) => s.action),
            condition: onResources[0]!.key,
            wanted: [...onResources[0]!.values],
            found: null,
            enis: untagged.map((e) => e.eniId),
          }),
          severity: 'warning',
          fixes:
            name === undefined
              ? []
              : [
                  {
                    title: `Tag ${things(untagged.length, 'ENI')} with the cluster`,
                    commands: [
                      aws(
                        fix,
                        ...['ec2', 'create-tags', '--resources', ...untagged.map((e) => named('eni', e.eniId))],
                        ...['--tags', `Key=${CLUSTER_TAG},Value=${named('cluster', name)}`],
                      ),
                    ],
                    changes: 'The conditions of the policy are met for these ENIs at once.',
                    effect: 'immediate',
                  },
                ],
        });
      const instanceTag = scoped.find((s) => s.tag.startsWith('kubernetes.io/cluster/') && !s.request);
      const bare = instanceTag
        ? nodes.filter((n) => {
            const tags = at?.get(n)?.instance?.tags;
            const value = tags?.[instanceTag.tag];
            return (
              tags !== undefined && (value === undefined || !instanceTag.values.some((x) => globMatches(x, value)))
            );
          })
        : [];
      if (instanceTag && bare.length > 0)
        found.push({
          ...draft({
            reason: 'instance-tag',
            actions: [instanceTag.action],
            condition: instanceTag.key,
            wanted: [...instanceTag.values],
            found: null,
          }),
          // the condition may be about ENIs, which carry other tags than instances do
          severity: 'warning',
          resources: [{ kind: 'role', id: role.arn }, ...bare.map((id) => ({ kind: 'node' as const, id }))],
          scope: { nodes: bare },
          explains: [],
          fixes: [],
        });
      return found;
    });
  },
  // which ENIs and instances carry a tag that a role asks for, where it asks for one
  unjudged: ({ identity, networking: net, cluster }, { gapsOf }) => {
    const asked = identity.roles.flatMap(({ role }) => scopedActions(role, requiredActions(net), cluster?.region));
    const gaps = asked.some((s) => !s.request) ? [...gapsOf('enis'), ...gapsOf('instances')] : [];
    return nodesWithoutRole(identity) ?? (gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'role', gaps });
  },
  summary: (e) => {
    const role = e.role.split('/').at(-1) ?? e.role;
    const asks = `role ${role} allows ${some(e.actions)} only with ${e.condition}=${some(e.wanted)}`;
    if (e.reason === 'cluster-name')
      return `${asks}, and CLUSTER_NAME of aws-node is ${e.found === null ? 'not set, so its ENIs carry no such tag' : `"${e.found}"`}`;
    if (e.reason === 'old-enis')
      return `${asks}, and ${things(e.enis.length, 'ENI')} of the nodes (${some(e.enis, 2)}) were made without the tag`;
    return `${asks}, and instances of nodes do not carry that tag`;
  },
  explanation: {
    why: 'AWS refuses calls for interfaces that lack the tag, although the role names every action. New nodes and pods get no address, or ENIs are never given back.',
    how: 'The actions that change ENIs, where every statement that allows one is conditional on a tag. cluster-name, an error: the tag is cluster.k8s.amazonaws.com/name, and aws-node does not set it, since CLUSTER_NAME is not set or another. old-enis, a warning: it sets it now, and ENIs from before lack it. instance-tag, a warning: the tag kubernetes.io/cluster/… is asked for and instances of nodes lack it. A statement without conditions elsewhere in the role makes all of this harmless.',
    fix: 'Set CLUSTER_NAME to the name of the cluster, so that aws-node tags what it makes; tag what was made before.',
    verify: 'aws ec2 describe-network-interfaces shows the tag on the ENIs of a new node.',
    references: ['amazon-vpc-cni-k8s docs/iam-policy.md', 'amazon-vpc-cni-k8s README.md CLUSTER_NAME'],
  },
});

interface Scoped {
  readonly action: string;
  readonly key: string;
  readonly tag: string;
  readonly request: boolean;
  readonly values: readonly string[];
}

/** Actions that only statements with a condition on one tag allow. */
function scopedActions(
  role: IamRole,
  wanted: ReturnType<typeof requiredActions>,
  region: string | undefined,
): Scoped[] {
  return wanted.flatMap(({ action, resource }): Scoped[] => {
    if (resource === '*' || verdictOn(role, action, resource, region) !== 'conditional') return [];
    const found = allowing(role, action, resource, region).map(tagCondition);
    // any of the statements will do: one under another kind of condition may be the one that is met
    const [first] = found;
    if (!first || found.some((c) => c?.key !== first.key)) return [];
    return [{ action, ...first, values: found.flatMap((c) => c?.values ?? []) }];
  });
}

function tagCondition({ conditions }: PolicyStatement): Omit<Scoped, 'action'> | undefined {
  for (const { operator, key, values } of conditions) {
    if (!/^String(?:Equals|Like)$/i.test(operator)) continue;
    const request = REQUEST.exec(key)?.[1];
    const tag = request ?? RESOURCE.exec(key)?.[1];
    if (tag !== undefined) return { key, tag, request: request !== undefined, values };
  }
  return undefined;
}

function ownEnis(
  enis: readonly NetworkInterface[] | undefined,
  instances: ReadonlyMap<string, { readonly node: { readonly instanceId?: string } }> | undefined,
  nodes: ReadonlySet<string>,
): readonly NetworkInterface[] {
  const ids = new Set([...nodes].flatMap((n) => instances?.get(n)?.node.instanceId ?? []));
  return (enis ?? []).filter((e) => e.origin.kind === 'cni-secondary' && ids.has(e.attachment?.instanceId ?? ''));
}
