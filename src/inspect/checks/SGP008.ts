import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { branchPods, podName } from '../facts/branch-pods.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { matches } from '../facts/support/label-selector.ts';
import { ENFORCING_MODE, isStrict } from '../facts/support/pod-traffic.ts';
import type { Addon } from '../snapshot/aws.ts';
import type { Service } from '../snapshot/control.ts';
import type { Workloads } from '../snapshot/kubernetes.ts';
import type { Pod } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { startAnew } from './fixes/restart-pods.ts';
import { setSettings } from './fixes/settings.ts';
import { podResources } from './support/resources.ts';

const REASONS = ['nodelocaldns', 'etp-local', 'istio-ambient', 'calico', 'netpol', 'ipvs', 'pre-1.11'] as const;
type Reason = (typeof REASONS)[number];

const evidence = v.object({
  reason: v.picklist(REASONS),
  /** As written; empty where it is not set, which means strict. */
  mode: v.string(),
  cniVersion: v.nullable(v.string()),
  /** What it does not go with: DaemonSets, Services, policies. */
  objects: v.array(v.string()),
  pods: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Those that fail for certain; the others only where such traffic is wanted. */
const HARD: ReadonlySet<Reason> = new Set(['nodelocaldns', 'etp-local', 'istio-ambient']);

const WORDS: Readonly<Record<Reason, string>> = {
  nodelocaldns: 'they cannot reach the link-local address NodeLocal DNS answers on',
  'etp-local': 'traffic that comes in by the node for them is dropped',
  'istio-ambient': 'the health probes of the ambient mesh come from a link-local address and are dropped',
  calico: 'policies of Calico do not apply to them',
  netpol: 'network policies are not sure to apply to them',
  ipvs: 'kube-proxy in IPVS mode may not reach them from their own node',
  'pre-1.11': 'standard mode came with v1.11.0, so the setting does nothing',
};

export const SGP008 = defineCheck({
  code: 'SGP008',
  title: 'Strict enforcing mode conflicts with what the cluster runs',
  severity: 'error',
  grain: 'cluster',
  patterns: ['sgp', 'custom+sgp'],
  needs: { networking, branch: branchPods },
  helps: {
    workloads: section('workloads'),
    services: section('services'),
    policies: section('networkPolicies'),
    agent: policyAgent,
    addons: section('addons'),
    fix: fixContext,
  },
  partialOk: true,
  evidence,
  evaluate: ({
    networking: net,
    branch,
    workloads,
    services,
    policies,
    agent,
    addons,
    fix,
  }): readonly Draft<Evidence>[] => {
    if (!isStrict(net) || branch.length === 0) return [];
    const found: Draft<Evidence>[] = [];
    const tell = (reason: Reason, objects: readonly string[], hit: readonly Pod[]) => {
      if (objects.length === 0 || hit.length === 0) return;
      const names = hit.map(podName).sort();
      found.push({
        key: 'aws-node',
        subReason: reason,
        severity: HARD.has(reason) ? 'error' : 'warning',
        confidence: 'derived',
        resources: podResources(names),
        scope: { pods: names },
        evidence: {
          reason,
          mode: net.env[ENFORCING_MODE] ?? '',
          cniVersion: net.cniVersion ?? null,
          objects: [...objects],
          pods: names,
        },
        fixes:
          reason === 'pre-1.11'
            ? []
            : [
                ...setSettings(
                  fix,
                  'Use standard mode',
                  { set: { [ENFORCING_MODE]: 'standard' } },
                  {
                    more: 'Pods keep the mode they were made in: start them anew after that.',
                    mind: `In standard mode traffic from the pod's own node is not filtered by its groups, and what leaves the VPC with translation goes by the groups of the node.${behaves(net.cniVersion, 'enforcingMode') ? '' : ' It needs v1.11.0.'}`,
                  },
                ),
                ...startAnew(hit, 'Once aws-node has restarted everywhere: new pods are made in standard mode.'),
              ],
      });
    };
    tell('nodelocaldns', nodeLocalDns(workloads), branch);
    const local = (services ?? []).filter(isLocal).map((s) => ({ s, hit: branch.filter((p) => selectedBy(s, p)) }));
    const behind = local.filter((l) => l.hit.length > 0);
    tell(
      'etp-local',
      behind.map(({ s }) => `${s.namespace}/${s.name}`),
      [...new Set(behind.flatMap((l) => l.hit))],
    );
    const mesh = branch.filter((p) => p.ambient || p.labels['istio.io/dataplane-mode'] === 'ambient');
    tell('istio-ambient', mesh.length > 0 ? ['ztunnel'] : [], mesh);
    const ruled = (policies ?? []).map((policy) => ({
      policy,
      hit: branch.filter((p) => p.namespace === policy.namespace && matches(policy.podSelector, p.labels)),
    }));
    const applied = ruled.filter((r) => r.hit.length > 0);
    const names = applied.map(({ policy }) => `${policy.namespace}/${policy.name}`);
    const under = [...new Set(applied.flatMap((r) => r.hit))];
    if (agent?.otherEngines.includes('calico')) tell('calico', names, under);
    else if (agent?.enabled) tell('netpol', names, under);
    tell('ipvs', usesIpvs(addons) ? ['kube-proxy'] : [], branch);
    tell('pre-1.11', wantsStandard(net) ? ['kube-system/aws-node'] : [], branch);
    return found;
  },
  unjudged: ({ branch }, { gapsOf }) => {
    const gaps = (['workloads', 'services', 'policies'] as const).flatMap((name) => gapsOf(name));
    return branch.length === 0 || gaps.length === 0
      ? undefined
      : { count: branch.length, of: branch.length, what: 'pod', gaps };
  },
  summary: (e) =>
    `${things(e.pods.length, 'pod')} with security groups (${some(e.pods)}) ${verb(e.pods.length, 'runs', 'run')} in strict mode beside ${some(e.objects)}: ${WORDS[e.reason]}`,
  explanation: {
    why: 'In strict mode every packet of such a pod leaves through the VPC, even to its own node. Link-local addresses and what the node would hand on by itself never arrive.',
    how: 'POD_SECURITY_GROUP_ENFORCING_MODE is strict or not set, pods have branch ENIs, and: nodelocaldns, a DaemonSet of NodeLocal DNS; etp-local, a Service of type NodePort, or LoadBalancer with instance targets, with externalTrafficPolicy Local selects them; istio-ambient, they are in the ambient mesh. Warnings: calico or netpol, a NetworkPolicy selects them and Calico, or the agent of aws-node, enforces; ipvs, the kube-proxy add-on is set to IPVS; pre-1.11, standard is set and aws-node does not know it. The mode a running pod was made in cannot be seen: pods made before a change keep theirs.',
    fix: 'Use standard mode and start these pods anew, or move what conflicts.',
    verify: 'The pods resolve names, become Ready, or are reached by the Service.',
    references: [
      'amazon-vpc-cni-k8s README.md',
      'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1384',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2797',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3557',
      'https://github.com/istio/istio/issues/53105',
    ],
  },
});

/** By the name of its DaemonSet, or its image (kubernetes: cluster/addons/dns/nodelocaldns). */
function nodeLocalDns(workloads: Workloads | undefined): string[] {
  return (workloads?.daemonSets ?? [])
    .filter((d) => /node-?local-?dns/.test(d.name) || d.images.some((i) => /k8s-dns-node-cache|node-local-dns/.test(i)))
    .map((d) => `${d.namespace}/${d.name}`);
}

/** Reached over the node: load balancers that send to pods themselves are not concerned. */
function isLocal(s: Service): boolean {
  const byNode = s.type === 'NodePort' || (s.type === 'LoadBalancer' && s.targetType !== 'ip');
  return byNode && s.externalTrafficPolicy === 'Local';
}

/** A Service without a selector selects nothing. */
function selectedBy(s: Service, pod: Pod): boolean {
  const wanted = Object.entries(s.selector);
  return s.namespace === pod.namespace && wanted.length > 0 && wanted.every(([k, x]) => pod.labels[k] === x);
}

function usesIpvs(addons: readonly Addon[] | undefined): boolean {
  return addons?.find((a) => a.name === 'kube-proxy')?.configuration?.mode === 'ipvs';
}

function wantsStandard(net: Networking): boolean {
  return net.env[ENFORCING_MODE] === 'standard' && !behaves(net.cniVersion, 'enforcingMode');
}
