import * as v from 'valibot';
import { ADDRESSES_PER_PREFIX, parseGoBool } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { count, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { type NodeInstance, nodeInstances } from '../facts/node-instances.ts';
import { isRecent } from '../facts/node-troubles.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { unscheduledPods } from '../facts/unscheduled-pods.ts';
import { named } from '../shell.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setInConfigMap } from './fixes/config-map.ts';
import { allowResourceController } from './fixes/iam-roles.ts';
import { askForAddress } from './fixes/windows-request.ts';
import { isYoung } from './support/ages.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const REASONS = [
  'ipam-off',
  'legacy',
  'no-addresses',
  'no-webhook',
  'no-request',
  'refused',
  'full',
  'ipv6',
  'settings',
] as const;
const evidence = v.object({
  reason: v.picklist(REASONS),
  nodes: v.array(v.string()),
  /** enable-windows-ipam as written; null where it, or the ConfigMap amazon-vpc-cni, is absent. */
  ipam: v.nullable(v.string()),
  prefixes: v.boolean(),
  /** Windows pods that have a node, and those that wait: for their address, or for a node with one; null where pods were not read. */
  pods: v.nullable(v.number()),
  waiting: v.nullable(v.number()),
  /** Addresses the nodes advertise for pods, and what one ENI of their types holds; null where types are unknown. */
  advertised: v.number(),
  capacity: v.nullable(v.number()),
  /** Reasons of the resource controller's events about them in the last hour; null where events were not read. */
  events: v.nullable(v.array(v.string())),
  /** Waiting pods without the limit that asks for an address; null where it was not read. */
  unasked: v.nullable(v.array(v.string())),
  /** Keys of the ConfigMap that do not mean what they seem to. */
  keys: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;
type Reason = Evidence['reason'];

const IPAM = 'enable-windows-ipam';
const PREFIXES = 'enable-windows-prefix-delegation';
const WARM = ['warm-ip-target', 'minimum-ip-target', 'warm-prefix-target'] as const;
const WEBHOOK = 'vpc-resource-mutating-webhook';
const LEGACY = 'vpc-resource-controller';

export const PLT005 = defineCheck({
  code: 'PLT005',
  title: 'Windows pods cannot get addresses',
  severity: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { nodes: nodesServedByCni, cni: section('cni') },
  helps: {
    at: nodeInstances,
    pods: section('pods'),
    stuck: stuckPods,
    unscheduled: unscheduledPods,
    events: section('events'),
    workloads: section('workloads'),
    webhooks: section('webhooks'),
    cluster: section('cluster'),
    fix: fixContext,
  },
  partialOk: ['nodes'],
  explains: ['HLT001'],
  evidence,
  notApplicable: ({ nodes }) => (windowsOf(nodes.others).length === 0 ? 'there is no Windows node' : undefined),
  evaluate: (from, { now, policy }) => {
    const { nodes, cni, at, pods, stuck, unscheduled, events, workloads, webhooks, cluster, fix } = from;
    const windows = windowsOf(nodes.others);
    const names = new Set(windows.map((n) => n.name));
    const ipam = cni.configMap?.[IPAM];
    const on = parseGoBool(ipam ?? '') === true;
    const prefixes = parseGoBool(cni.configMap?.[PREFIXES] ?? '') === true;
    const running = pods
      ? podsOf(pods).filter((p) => p.node && names.has(p.node) && p.class !== 'host-network' && isLive(p))
      : [];
    const stuckHere = (stuck ?? []).filter((p) => names.has(p.node));
    const waitingHere = new Set(stuckHere.map((p) => p.pod));
    const unasked = running.filter((p) => p.injected === false && waitingHere.has(`${p.namespace}/${p.name}`));
    const read = pods?.injections === true;
    const homeless = (unscheduled ?? []).filter((p) => p.event?.kind === 'windows-ip-insufficient');
    const said = (events ?? []).filter(
      (e) =>
        isRecent(e, now) &&
        (e.reason === 'ResourceAllocationFailed' ||
          e.kind === 'insufficient-cidr-blocks' ||
          e.kind === 'unauthorized') &&
        (names.has(e.object.name) ||
          names.has(e.node ?? '') ||
          running.some((p) => p.name === e.object.name && p.namespace === e.object.namespace)),
    );
    const draft = (reason: Reason, members: readonly Node[], part: Partial<Draft<Evidence>> = {}): Draft<Evidence> => {
      const waiting = [...stuckHere.map((p) => p.pod), ...homeless.map((p) => p.pod)];
      const capacities = members.map((n) => capacityOf(at?.get(n.name), prefixes));
      return {
        key: 'windows',
        subReason: reason,
        confidence: 'observed',
        resources: nodeResources(members.map((n) => n.name)),
        scope: { nodes: members.map((n) => n.name), pods: waiting },
        evidence: {
          reason,
          nodes: members.map((n) => n.name),
          ipam: ipam ?? null,
          prefixes,
          pods: pods ? running.length : null,
          waiting: stuck ? waiting.length : null,
          advertised: members.reduce((n, node) => n + (node.windowsIps ?? 0), 0),
          capacity: capacities.includes(undefined) ? null : capacities.reduce<number>((n, c) => n + (c ?? 0), 0),
          events: events ? [...new Set(said.map((e) => e.reason))].sort() : null,
          unasked: read ? unasked.map((p) => `${p.namespace}/${p.name}`) : null,
          keys: [],
        },
        fixes: fixesFor(fix, reason),
        ...part,
      };
    };
    const aside = (d: Draft<Evidence>): Draft<Evidence> => ({
      ...d,
      scope: { nodes: d.scope.nodes ?? [] },
      explains: [],
    });
    const others: Draft<Evidence>[] = [];
    if (cluster?.ipFamily === 'ipv6')
      others.push(aside(draft('ipv6', windows, { severity: 'warning', confidence: 'derived' })));
    const odd = on ? oddKeys(cni.configMap ?? {}) : [];
    if (odd.length > 0) {
      const d = draft('settings', [], { severity: 'info', confidence: 'derived' });
      others.push(aside({ ...d, evidence: { ...d.evidence, keys: odd } }));
    }
    // the first step that fails accounts for those after it
    if (!on) {
      const calm = pods !== undefined && stuck !== undefined && stuckHere.length === 0 && homeless.length === 0;
      // pods that have their addresses keep them; the next one gets none
      const severity = !calm ? 'error' : running.length === 0 ? 'info' : 'warning';
      return [draft('ipam-off', windows, { severity }), ...others];
    }
    if (workloads?.controllers.some((c) => c.namespace === 'kube-system' && c.name === LEGACY && c.replicas > 0))
      return [draft('legacy', windows, { severity: stuckHere.length > 0 ? 'error' : 'warning' }), ...others];
    const bare = windows.filter((n) => (n.windowsIps ?? 0) === 0 && !isYoung(n, now, policy));
    if (bare.length > 0) return [draft('no-addresses', bare), ...others];
    // pods that ask all the same need no webhook
    const mute = read ? unasked.length > 0 : stuckHere.length > 0 && said.length === 0;
    if (mute && webhooks?.every((w) => w.configuration !== WEBHOOK)) return [draft('no-webhook', windows), ...others];
    if (unasked.length > 0) return [draft('no-request', windows, { fixes: askForAddress(unasked) }), ...others];
    if (said.length > 0 && stuckHere.length > 0) return [draft('refused', windows), ...others];
    if (homeless.length > 0) return [draft('full', windows), ...others];
    return others;
  },
  unjudged: ({ nodes, stuck, webhooks }, { gapsOf }) => {
    const windows = windowsOf(nodes.others);
    const names = new Set(windows.map((n) => n.name));
    const waits = stuck?.some((p) => names.has(p.node)) ?? false;
    const gaps = [
      ...(['pods', 'events', 'cluster'] as const).flatMap(gapsOf),
      ...(waits && !webhooks ? gapsOf('webhooks') : []),
    ];
    return gaps.length === 0 ? undefined : { count: windows.length, of: windows.length, what: 'Windows node', gaps };
  },
  summary: (e) => {
    const nodes = `${things(e.nodes.length, 'Windows node')} (${some(e.nodes)})`;
    const waiting = !e.waiting ? '' : `; ${things(e.waiting, 'pod')} ${verb(e.waiting, 'waits', 'wait')}`;
    const controller = e.events && e.events.length > 0 ? `: the resource controller reports ${some(e.events)}` : '';
    switch (e.reason) {
      case 'ipam-off':
        return `${IPAM} is ${e.ipam === null ? 'not set' : `"${e.ipam}"`} in the ConfigMap amazon-vpc-cni: the control plane gives pods on ${nodes} no addresses${waiting}`;
      case 'legacy':
        return `an old ${LEGACY} runs in kube-system beside that of the control plane, for ${nodes}${waiting}`;
      case 'no-addresses':
        return `${nodes} ${verb(e.nodes.length, 'advertises', 'advertise')} no vpc.amazonaws.com/PrivateIPv4Address${controller}${waiting}`;
      case 'refused':
        return `pods on ${nodes} get no address${controller}${waiting}`;
      case 'no-webhook':
        return `the webhook ${WEBHOOK} is gone, so pods for Windows do not ask for an address${waiting}`;
      case 'no-request':
        return `${things(e.unasked?.length ?? 0, 'pod')} on ${nodes} (${some(e.unasked ?? [])}) ${verb(e.unasked?.length ?? 0, 'does', 'do')} not ask for an address: without the limit vpc.amazonaws.com/PrivateIPv4Address the control plane gives none`;
      case 'full':
        return `${things(e.waiting, 'pod')} ${verb(e.waiting ?? 0, 'finds', 'find')} no Windows node with an address left: ${nodes} ${verb(e.nodes.length, 'has', 'have')} ${count(e.advertised)}${
          e.capacity === null
            ? ''
            : ` of ${count(e.capacity)} that ${verb(e.nodes.length, 'its one ENI holds', 'one ENI each holds')}`
        }`;
      case 'ipv6':
        return `Windows nodes do not work in an IPv6 cluster: ${nodes}`;
      case 'settings':
        return `the ConfigMap amazon-vpc-cni has ${some(e.keys)}`;
    }
  },
  verdict: (e) =>
    e.reason === 'ipam-off' ? 'Windows addresses are switched off' : 'the control plane gives Windows pods no address',
  explanation: {
    why: 'Addresses of Windows pods come from the VPC resource controller in the control plane, not from aws-node: one ENI on each node, and no setting of aws-node changes anything about it.',
    how: 'The steps in order, the first that fails is told: ipam-off, enable-windows-ipam in the ConfigMap kube-system/amazon-vpc-cni is not true (information while no Windows pod exists); legacy, the Deployment vpc-resource-controller of before 2022 still runs; no-addresses, a node older than five minutes advertises no vpc.amazonaws.com/PrivateIPv4Address; no-webhook, pods wait without the limit that asks for an address and vpc-resource-mutating-webhook is gone; no-request, they wait without it though the webhook is there, which writes it for a nodeSelector kubernetes.io/os: windows alone; refused, events of the controller name a failure and pods wait; full, pods are Pending because no node has an address left. Beside these: ipv6, a warning, since Windows nodes need an IPv4 cluster; settings, information, warm targets under their old names or not above 0.',
    fix: 'Switch it on in the ConfigMap, allow the cluster role AmazonEKSVPCResourceController, take the old controller away, use prefixes where one ENI is not enough.',
    verify: 'kubectl describe nodes -l kubernetes.io/os=windows shows vpc.amazonaws.com/PrivateIPv4Address.',
    references: [
      'amazon-vpc-resource-controller-k8s docs/troubleshooting.md',
      'amazon-vpc-resource-controller-k8s docs/windows/prefix_delegation_hld.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/windows-support.html',
      'https://github.com/aws/containers-roadmap/issues/463',
    ],
  },
});

function windowsOf(others: readonly { readonly node: Node; readonly platform: string }[]): Node[] {
  return others.flatMap((o) => (o.platform === 'windows' ? [o.node] : []));
}

/** Addresses for pods on the one ENI of a Windows node. */
function capacityOf(at: NodeInstance | undefined, prefixes: boolean): number | undefined {
  const perEni = at?.limits?.ipv4PerEni;
  return perEni === undefined ? undefined : (perEni - 1) * (prefixes ? ADDRESSES_PER_PREFIX : 1);
}

/** Old names, and values that fall back to the defaults (`loader.go:ParseWinIPTargetConfigs`). */
function oddKeys(configMap: Readonly<Record<string, string>>): string[] {
  const old = WARM.filter((key) => configMap[key] !== undefined).map((key) => `${key}, an old name of windows-${key}`);
  const low = WARM.map((key) => `windows-${key}`).filter((key) => Number(configMap[key] ?? 1) <= 0);
  return [...old, ...low.map((key) => `${key}=${configMap[key]}, for which the default counts`)];
}

function fixesFor(fix: FixContext, reason: Reason): Fix[] {
  const allow = allowResourceController(fix);
  const permit: Fix = {
    title: 'Allow the cluster role to give out addresses: AmazonEKSVPCResourceController',
    commands: [...allow],
    changes:
      'Attaches the managed policy to the cluster role; nothing changes where it is attached already. The controller tries again by itself.',
    effect: 'minutes',
  };
  switch (reason) {
    case 'ipam-off':
      return [
        {
          title: 'Switch addresses for Windows on',
          commands: [setInConfigMap(fix.cni, IPAM, 'true')],
          changes:
            'The control plane then attaches addresses to Windows nodes and gives them to pods started from then on; pods that wait start within a minute or two, others have to be made anew.',
          effect: 'minutes',
        },
        ...(allow.length > 0 ? [permit] : []),
      ];
    case 'legacy':
      return [
        {
          title: 'Take the old controller away',
          commands: [kubectl('-n', 'kube-system', 'delete', 'deployment', named('object', LEGACY))],
          changes: 'That of the control plane is left, which does the same.',
          effect: 'minutes',
        },
      ];
    case 'no-addresses':
    case 'refused':
      return [
        ...(allow.length > 0 ? [permit] : []),
        {
          title: 'Read what the controller says of the nodes',
          commands: [kubectl('get', 'events', '-A', '--field-selector', 'source=vpc-resource-controller')],
          changes: 'Nothing: a full subnet, a missing permission or a type without room stands there by name.',
          effect: 'immediate',
        },
      ];
    case 'no-webhook':
      return [
        {
          title: 'Look for the webhook, and have AWS Support put it back',
          commands: [kubectl('get', 'mutatingwebhookconfiguration', WEBHOOK)],
          changes:
            'Nothing. EKS makes it with the cluster; until it is back, pods need the limit vpc.amazonaws.com/PrivateIPv4Address: 1 in their own manifest.',
          effect: 'immediate',
        },
      ];
    case 'full':
      return fix.cni?.configMap?.[PREFIXES] === 'true'
        ? []
        : [
            {
              title: 'Give Windows nodes prefixes of sixteen addresses',
              commands: [setInConfigMap(fix.cni, PREFIXES, 'true')],
              changes:
                'Nodes on Nitro types advertise sixteen times as many addresses; their subnets must have whole /28 blocks.',
              effect: 'minutes',
              risk: "kubelet's maxPods and the memory of Windows pods may be the next limit.",
            },
          ];
    default:
      return [];
  }
}
