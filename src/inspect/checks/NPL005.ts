import * as v from 'valibot';
import { atLeastRelease, parseCniVersion } from '../../calc/maxpods/index.ts';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import type { Rbac } from '../snapshot/control.ts';
import { defineCheck } from './define-check.ts';
import { moveAddon, offeredFrom, reapplyAddon } from './fixes/upgrade-cni.ts';
import { secondsSince } from './support/ages.ts';

const evidence = v.object({
  agent: v.string(),
  /** CustomResourceDefinitions that are not there. */
  crds: v.array(v.string()),
  /** `list clusterpolicyendpoints.networking.k8s.aws`: what the ClusterRole aws-node does not grant. */
  rights: v.array(v.string()),
  /** Pods of aws-node that are not ready or were restarted. */
  unwell: v.number(),
});

const GROUP = 'networking.k8s.aws';
const ENDPOINTS = 'policyendpoints';
const CLUSTER_ENDPOINTS = 'clusterpolicyendpoints';
/** The agent that first reads cluster-wide policies, and the release of aws-node that brings a mended one with its rights. */
const CLUSTER_WIDE = parseCniVersion('1.3.0')!;
const MENDED = parseCniVersion('1.21.2')!;
/** The control plane installs the kinds while it starts. */
const NEW_CLUSTER_SECONDS = 1800;

export const NPL005 = defineCheck({
  code: 'NPL005',
  title: 'CRDs or RBAC for network policy are missing',
  severity: 'error',
  grain: 'cluster',
  needs: { agent: policyAgent, crds: section('crds'), rbac: section('rbac') },
  helps: {
    cni: section('cni'),
    cluster: section('cluster'),
    nodes: nodesServedByCni,
    versions: section('addonVersions'),
    fix: fixContext,
  },
  partialOk: ['agent'],
  explains: ['HLT002', 'HLT003', 'ADD002', 'ADD007'],
  evidence,
  notApplicable: ({ agent }) => (agent.enabled ? undefined : 'the policy agent is not switched on'),
  evaluate: ({ agent, crds, rbac, cni, cluster, nodes, versions, fix }, { now }) => {
    if (!cluster || (secondsSince(cluster.createdAt, now) ?? NEW_CLUSTER_SECONDS) < NEW_CLUSTER_SECONDS) return [];
    const clusterWide = agent.version !== undefined && atLeastRelease(agent.version, CLUSTER_WIDE) === true;
    const wanted = clusterWide ? [ENDPOINTS, CLUSTER_ENDPOINTS] : [ENDPOINTS];
    const present = new Set(crds.map((c) => c.name));
    const missing = wanted.map((w) => `${w}.${GROUP}`).filter((name) => !present.has(name));
    const rights = wanted.flatMap((resource) =>
      ['list', 'watch'].flatMap((verb) =>
        rbac.rules && !grants(rbac, resource, verb) ? [`${verb} ${resource}.${GROUP}`] : [],
      ),
    );
    if (missing.length === 0 && rights.length === 0) return [];
    const unwell = (cni?.pods ?? []).filter((p) => !p.ready || p.restarts > 0);
    return [
      {
        key: 'aws-node',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: { nodes: (nodes?.served ?? []).map((n) => n.name) },
        evidence: { agent: agent.version ?? '', crds: missing, rights, unwell: unwell.length },
        fixes: [
          ...reapplyAddon(fix),
          ...(clusterWide && atLeastRelease(cni?.version ?? '', MENDED) === false
            ? moveAddon(fix, offeredFrom(versions, MENDED), versions)
            : []),
        ],
      },
    ];
  },
  unjudged: ({ rbac, cluster }, { gapsOf }) => {
    if (!cluster) return { count: 1, of: 1, what: 'cluster', gaps: gapsOf('cluster') };
    if (rbac.rules) return undefined;
    // a role of another name may grant it
    const reason = 'there is no ClusterRole aws-node: what its role grants is not known';
    return { count: 1, of: 1, what: 'role', gaps: [{ kind: 'not-told', reason }] };
  },
  summary: (e) => {
    const parts = [
      ...(e.crds.length > 0 ? [`${some(e.crds)} ${e.crds.length === 1 ? 'is' : 'are'} not installed`] : []),
      ...(e.rights.length > 0 ? [`the ClusterRole aws-node does not grant ${some(e.rights)}`] : []),
    ];
    return `policy agent ${e.agent} is on, and ${parts.join('; ')}${
      e.unwell > 0
        ? `; ${things(e.unwell, 'aws-node pod')} ${e.unwell === 1 ? 'is' : 'are'} not ready or restarted`
        : ''
    }`;
  },
  explanation: {
    why: 'The agent ends and takes the aws-node pod with it; or it starts without what it could not read, and drops the traffic of pods that no policy selects.',
    how: 'The policy agent is on and the kind policyendpoints.networking.k8s.aws is not installed, or from agent v1.3.0 on clusterpolicyendpoints.networking.k8s.aws; or the ClusterRole aws-node does not let it list and watch them. v1.21.0 of aws-node shipped that agent without the rule. Clusters of the last half hour are left alone: the control plane installs the kinds.',
    fix: 'Apply the add-on or the manifest of one release as a whole; with agent v1.3, move to v1.21.2 or later.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'https://github.com/aws/aws-network-policy-agent/issues/570',
      'https://github.com/aws/aws-network-policy-agent/issues/101',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2796',
      'amazon-vpc-cni-k8s CHANGELOG.md v1.21.2',
    ],
  },
});

function grants({ rules }: Rbac, resource: string, verb: string): boolean {
  const has = (list: readonly string[], word: string) => list.includes(word) || list.includes('*');
  return (rules ?? []).some((r) => has(r.groups, GROUP) && has(r.resources, resource) && has(r.verbs, verb));
}
