import * as v from 'valibot';
import { POD_COOLDOWN_SECONDS } from '../../calc/ipamd/index.ts';
import { count, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import type { Service } from '../snapshot/control.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setInConfigMap } from './fixes/config-map.ts';
import { setSettings } from './fixes/settings.ts';

const evidence = v.object({
  setting: v.picklist(['IP_COOLDOWN_PERIOD', 'branch-eni-cooldown']),
  seconds: v.number(),
  enough: v.number(),
  nodes: v.number(),
  /** Services with an address of their own; null where they were not read. */
  services: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** The resource controller's default (amazon-vpc-resource-controller-k8s pkg/config/type.go). */
const BRANCH_COOLDOWN = 60;
/** Nodes from which kube-proxy takes longer than half a minute to learn of all changes. */
const MANY_NODES = 200;
const MANY_SERVICES = 1000;

export const CFG005 = defineCheck({
  code: 'CFG005',
  title: 'Cool-down shorter than kube-proxy needs',
  severity: 'warning',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { networking, nodes: nodesServedByCni },
  helps: { cni: section('cni'), services: section('services'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ networking: net, nodes, cni, services, fix }, { gapsOf }) => {
    const found: Draft<Evidence>[] = [];
    // a list without the one that every API server makes is not all there is
    const whole = gapsOf('services').length === 0 && services?.some(isOfApiServer) === true;
    const known = whole ? services.filter((s) => s.clusterIps.length > 0 && !isOfApiServer(s)).length : null;
    // nobody is led to an address by kube-proxy
    if (known === 0) return [];
    const draft = (part: Pick<Evidence, 'setting' | 'seconds' | 'enough'>, fixes: Draft<Evidence>['fixes']) =>
      found.push({
        key: part.setting,
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: { ...part, nodes: nodes.served.length, services: known },
        fixes,
      });
    const seconds = net.settings.ipCooldownSeconds;
    if (seconds < POD_COOLDOWN_SECONDS)
      draft(
        { setting: 'IP_COOLDOWN_PERIOD', seconds, enough: POD_COOLDOWN_SECONDS },
        setSettings(
          fix,
          `Set IP_COOLDOWN_PERIOD=${POD_COOLDOWN_SECONDS}`,
          { set: { IP_COOLDOWN_PERIOD: String(POD_COOLDOWN_SECONDS) } },
          { mind: 'Nodes that churn many short pods need a few more addresses meanwhile.' },
        ),
      );
    const branch = Number(cni?.configMap?.['branch-eni-cooldown'] ?? BRANCH_COOLDOWN);
    const many = nodes.served.length > MANY_NODES || (services?.length ?? 0) > MANY_SERVICES;
    if (net.settings.podEni && branch < BRANCH_COOLDOWN && many)
      draft({ setting: 'branch-eni-cooldown', seconds: branch, enough: BRANCH_COOLDOWN }, [
        {
          title: `Set branch-eni-cooldown to ${BRANCH_COOLDOWN}`,
          commands: [setInConfigMap(cni, 'branch-eni-cooldown', String(BRANCH_COOLDOWN))],
          changes: `Branch ENIs of ended pods are kept for ${BRANCH_COOLDOWN} s before they are deleted.`,
          effect: 'minutes',
        },
      ]);
    return found;
  },
  unjudged: ({ networking: net, nodes, cni }, { gapsOf }) => {
    // a shorter one is no trouble unless there are many Services
    const short = Number(cni?.configMap?.['branch-eni-cooldown'] ?? BRANCH_COOLDOWN) < BRANCH_COOLDOWN;
    const open = net.settings.podEni && short && nodes.served.length <= MANY_NODES;
    const gaps = open ? gapsOf('services') : [];
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'cool-down', gaps };
  },
  summary: (e) =>
    `${e.setting}=${e.seconds}: the address of an ended pod is handed out again after ${e.seconds} s, below the ${e.enough} s that kube-proxy on ${count(e.nodes)} nodes${e.services === null ? '' : ` with ${things(e.services, 'Service')}`} may need to forget it`,
  explanation: {
    why: 'kube-proxy removes an ended pod from its rules a while later. A new pod that got the address meanwhile receives the traffic of the old one, which looks like random refused or wrong answers.',
    how: "IP_COOLDOWN_PERIOD below 30 s; branch-eni-cooldown below 60 s with security groups for pods on more than 200 nodes or with more than 1,000 Services. A cluster without Services is not concerned. Both numbers are the programs' defaults.",
    fix: 'Set them back to 30 s and 60 s, which is what the programs use on their own.',
    verify: 'vpccni inspect shows IP_COOLDOWN_PERIOD in force.',
    references: [
      'amazon-vpc-cni-k8s README.md',
      'amazon-vpc-resource-controller-k8s docs/troubleshooting.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2378',
    ],
  },
});

function isOfApiServer({ namespace, name }: Service): boolean {
  return namespace === 'default' && name === 'kubernetes';
}
