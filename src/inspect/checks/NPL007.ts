import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import { some } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { kubectl } from './support/commands.ts';

const evidence = v.object({
  reason: v.picklist(['bandwidth', 'engine', 'leftover']),
  /** The other engine with its DaemonSet, or the kinds it left behind. */
  component: v.string(),
  objects: v.array(v.string()),
  image: v.nullable(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

const BANDWIDTH = 'ENABLE_BANDWIDTH_PLUGIN';
/** Engines that enforce NetworkPolicies themselves; flannel and Kube-OVN without policies do not. */
const ENFORCERS: ReadonlySet<string> = new Set(['antrea', 'calico', 'canal', 'cilium', 'kube-router', 'weave']);
/** Kinds whose engine leaves rules on the nodes. */
const LEFT_BEHIND = /\.(?:crd\.)?projectcalico\.org$/;

export const NPL007 = defineCheck({
  code: 'NPL007',
  title: 'Another component fights the policy agent',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  needs: { agent: policyAgent, networking, cni: section('cni') },
  helps: { crds: section('crds'), fix: fixContext },
  partialOk: ['agent', 'networking'],
  evidence,
  notApplicable: ({ agent }) => (agent.enabled ? undefined : 'the policy agent is not switched on'),
  evaluate: ({ networking: net, cni, crds, fix }): Draft<Evidence>[] => {
    const resources = [{ kind: 'daemonset' as const, id: 'kube-system/aws-node' }];
    const found: Draft<Evidence>[] = [];
    if (parseGoBool(net.env[BANDWIDTH] ?? '') === true)
      found.push({
        key: 'aws-node',
        subReason: 'bandwidth',
        severity: 'error',
        confidence: 'derived',
        resources,
        scope: {},
        evidence: { reason: 'bandwidth', component: 'bandwidth plugin', objects: [], image: null },
        fixes: setSettings(
          fix,
          `Switch the bandwidth plugin off: ${BANDWIDTH}=false`,
          { set: { [BANDWIDTH]: 'false' } },
          { mind: 'Pods keep the limits they have until they are made anew; then they have none.' },
        ),
      });
    const active = cni.otherCnis.filter((o) => ENFORCERS.has(o.engine) && (o.desired ?? 1) > 0);
    for (const other of active)
      found.push({
        key: other.engine,
        subReason: 'engine',
        severity: 'warning',
        confidence: 'derived',
        resources: [...resources, { kind: 'daemonset', id: `${other.namespace}/${other.name}` }],
        scope: {},
        evidence: {
          reason: 'engine',
          component: other.engine,
          objects: [`${other.namespace}/${other.name}`],
          image: other.image ?? null,
        },
        fixes: [],
      });
    const left = active.length > 0 ? [] : (crds ?? []).filter((c) => LEFT_BEHIND.test(c.name)).map((c) => c.name);
    if (left.length > 0)
      found.push({
        key: 'calico',
        subReason: 'leftover',
        severity: 'info',
        confidence: 'heuristic',
        resources,
        scope: {},
        evidence: { reason: 'leftover', component: 'calico', objects: left, image: null },
        fixes: [
          {
            title: 'See what Calico left, and remove it',
            commands: [
              kubectl('get', 'crd', ...left.slice(0, 5).map((name) => named('object', name))),
              kubectl('get', 'daemonsets', '-A', '-l', 'k8s-app=calico-node'),
            ],
            changes: 'Nothing: shows its kinds and agents. Its chains stay on nodes it ran on until they are replaced.',
            effect: 'node-replacement',
          },
        ],
      });
    return found;
  },
  unjudged: (_, { gapsOf }) => {
    const gaps = gapsOf('crds');
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'cluster', gaps };
  },
  summary: (e) =>
    e.reason === 'bandwidth'
      ? `${BANDWIDTH} is true while the policy agent is on: both attach to the same hook of each pod, and the limits or the policies do not hold`
      : e.reason === 'engine'
        ? `${e.component} (${some(e.objects)}) enforces NetworkPolicies beside the policy agent of aws-node: a packet needs leave of both`
        : `kinds of Calico (${some(e.objects, 2)}) are installed without its agent: nodes it ran on may still carry its rules`,
  explanation: {
    why: 'Two programs own the same hook or the same rules. What one of them allows the other drops, or the later one replaces the earlier, and nothing says which.',
    how: 'The policy agent is on, and: bandwidth, an error, ENABLE_BANDWIDTH_PLUGIN is true, which attaches to the same TC hook; engine, a warning, a DaemonSet of an engine that enforces NetworkPolicies runs as well, which is meant where it guards host endpoints only; leftover, information, kinds of Calico without its agent. Chains on nodes cannot be seen from here.',
    fix: 'Switch one of the two off: the bandwidth plugin by its setting, the other engine by its own chart or operator.',
    verify: 'vpccni inspect shows one engine for network policy.',
    references: [
      'amazon-vpc-cni-k8s README.md ENABLE_BANDWIDTH_PLUGIN',
      'https://github.com/aws/aws-network-policy-agent/issues/68',
      'https://docs.aws.amazon.com/eks/latest/userguide/network-policies-troubleshooting.html',
    ],
  },
});
