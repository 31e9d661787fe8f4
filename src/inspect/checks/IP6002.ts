import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { listed, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import type { Cni } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setOnInit, setSettings } from './fixes/settings.ts';
import { reapplyAddon } from './fixes/upgrade-cni.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  family: v.picklist(['ipv4', 'ipv6']),
  reason: v.picklist(['family', 'init', 'agent', 'egress', 'no-address']),
  /** Where it stands and what it says there; the text is empty where it is not set. */
  settings: v.array(v.object({ container: v.string(), variable: v.string(), value: v.string() })),
  nodes: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;
type Setting = Evidence['settings'][number];

const MAIN = 'aws-node';
const INIT = 'aws-vpc-cni-init';
const AGENT = 'aws-eks-nodeagent';
const V6 = 'ENABLE_IPv6';
const EGRESS = 'ENABLE_V6_EGRESS';
const AGENT_FLAG = /^--?enable-ipv6(?:=(.*))?$/;

const WORDS: Readonly<Record<Evidence['reason'], string>> = {
  family: 'aws-node would give pods addresses of the other family',
  init: 'the init container prepares the node for the other family',
  agent: 'the network policy agent looks for addresses of the other family',
  egress: 'IPv6 out of the cluster needs it in both containers',
  'no-address': 'IPv6 out of the cluster needs an IPv6 address on each node',
};

export const IP6002 = defineCheck({
  code: 'IP6002',
  title: 'IPv6 settings disagree',
  severity: 'error',
  grain: 'cluster',
  needs: { cluster: section('cluster'), networking, cni: section('cni') },
  helps: { enis: nodeEnis, fix: fixContext },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  notApplicable: ({ cluster }) =>
    cluster.ipFamily === undefined ? 'the family of the cluster is not known' : undefined,
  evaluate: ({ cluster, networking: net, cni, enis, fix }) => {
    const family = cluster.ipFamily!;
    const six = family === 'ipv6';
    const found: Draft<Evidence>[] = [];
    const down = cni.pods.filter((p) => !p.ready).flatMap((p) => p.node ?? []);
    const tell = (
      reason: Evidence['reason'],
      settings: readonly Setting[],
      fixes: readonly Fix[],
      part: { readonly severity?: 'info'; readonly nodes?: readonly string[] } = {},
    ) =>
      found.push({
        key: 'aws-node',
        subReason: reason,
        severity: part.severity ?? 'error',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }, ...nodeResources(part.nodes ?? [])],
        scope: { nodes: part.nodes ?? down },
        evidence: { family, reason, settings: [...settings], nodes: [...(part.nodes ?? [])] },
        fixes,
      });
    const { ipv4, ipv6 } = net.settings;
    // both or neither is what aws-node itself refuses: CFG001
    const wrong = ipv4 !== ipv6 && ipv6 !== six;
    if (wrong && !net.unresolved.includes('ENABLE_IPv4'))
      tell(
        'family',
        ['ENABLE_IPv4', V6].map((name) => ({ container: MAIN, variable: name, value: net.env[name] ?? '' })),
        toFamily(fix, six),
      );
    const init = containerIn(cni.initContainers, INIT);
    const initSix = init && flagIn(init, V6);
    // what stands in both containers alike is one setting, and CFG001 tells it
    const told = ipv4 === ipv6 && initSix === ipv6;
    if (initSix !== undefined && initSix !== six && !wrong && !told)
      tell(
        'init',
        [{ container: INIT, variable: V6, value: init?.env[V6] ?? '' }],
        setOnInit(fix, { [V6]: String(six) }, `Let the init container prepare nodes for ${six ? 'IPv6' : 'IPv4'}`),
      );
    const agent = containerIn(cni.containers, AGENT);
    const asked = agent?.args.flatMap((a) => AGENT_FLAG.exec(a)?.slice(1, 2) ?? []);
    const agentSix = agent && (asked!.length === 0 ? false : (parseGoBool(asked!.at(-1) ?? 'true') ?? false));
    if (agentSix !== undefined && agentSix !== six && !wrong)
      tell(
        'agent',
        [{ container: AGENT, variable: '--enable-ipv6', value: String(agentSix) }],
        [applyRelease(fix, six)],
        enforces(agent!) ? {} : { severity: 'info' },
      );
    const main = containerIn(cni.containers, MAIN);
    const out = main && flagIn(main, EGRESS);
    const outInit = init && flagIn(init, EGRESS);
    if (!six && out !== undefined && outInit !== undefined && out !== outInit)
      tell(
        'egress',
        [
          { container: MAIN, variable: EGRESS, value: main?.env[EGRESS] ?? '' },
          { container: INIT, variable: EGRESS, value: init?.env[EGRESS] ?? '' },
        ],
        out
          ? setOnInit(fix, { [EGRESS]: 'true' }, 'Set it in the init container too')
          : setSettings(fix, 'Set it in aws-node too', { set: { [EGRESS]: 'true' } }),
      );
    const bare = [...(enis?.values() ?? [])].filter((e) => e.primary && e.primary.ipv6Addresses.length === 0);
    if (!six && out && bare.length > 0) {
      const nodes = bare.map((e) => e.node.name).sort();
      tell(
        'no-address',
        [{ container: MAIN, variable: EGRESS, value: main?.env[EGRESS] ?? '' }],
        setSettings(fix, 'Turn IPv6 out of the cluster off until the nodes have IPv6 addresses', {
          set: { [EGRESS]: 'false' },
        }),
        { nodes },
      );
    }
    return found;
  },
  unjudged: ({ cni }, { gapsOf }) => {
    const main = containerIn(cni.containers, MAIN);
    const gaps = main && flagIn(main, EGRESS) ? gapsOf('enis') : [];
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'cluster', gaps };
  },
  summary: (e) => {
    const said = e.settings.map((s) => `${s.variable} of ${s.container} is ${s.value === '' ? 'not set' : s.value}`);
    const where =
      e.nodes.length > 0
        ? `; ${things(e.nodes.length, 'node')} (${some(e.nodes)}) ${verb(e.nodes.length, 'has', 'have')} none`
        : '';
    return `${listed(said)} in an ${e.family === 'ipv6' ? 'IPv6' : 'IPv4'} cluster: ${WORDS[e.reason]}${where}`;
  },
  explanation: {
    why: 'The family of a cluster is chosen once, and four places have to say the same: both containers of aws-node, its init container and the network policy agent. Where they differ, pods get no address, addresses nobody routes, or policies that match nothing.',
    how: 'The family EKS states for the cluster against ENABLE_IPv4 and ENABLE_IPv6 of aws-node (family), ENABLE_IPv6 of the init container (init) and --enable-ipv6 of the agent (agent, information while it enforces nothing); an absent one means false. egress: ENABLE_V6_EGRESS of an IPv4 cluster in one of the two containers only. no-address: it is on, and the primary interface of a node has no IPv6 address. Combinations that aws-node itself refuses, both families or none, IPv6 without prefixes or with custom networking, are CFG001.',
    fix: "Apply the release's manifest or the add-on's defaults for the family of the cluster.",
    verify: 'kubectl -n kube-system rollout status ds/aws-node, then vpccni inspect.',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go isConfigValid',
      'amazon-vpc-cni-k8s README.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html',
    ],
  },
});

type Container = Cni['containers'][number];

function containerIn(containers: readonly Container[], name: string): Container | undefined {
  return containers.find((c) => c.name === name);
}

/** Undefined where the value comes from something that was not read. */
function flagIn(container: Container, variable: string): boolean | undefined {
  if (container.unresolved.includes(variable)) return undefined;
  return parseGoBool(container.env[variable] ?? '') ?? false;
}

function enforces(agent: Container): boolean {
  return agent.args.some((a) => /^--?enable-network-policy(?:=(?:true|True|TRUE|1|t|T))?$/.test(a));
}

/** IPv6 works with prefixes alone. */
function toFamily(fix: FixContext, six: boolean): Fix[] {
  return setSettings(fix, `Set aws-node to ${six ? 'IPv6' : 'IPv4'}, the family of the cluster`, {
    set: {
      ENABLE_IPv4: String(!six),
      [V6]: String(six),
      ...(six ? { ENABLE_PREFIX_DELEGATION: 'true', AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false' } : {}),
    },
  });
}

/** The add-on writes the agent's arguments by the family of the cluster; elsewhere the manifest has to be taken whole. */
function applyRelease(fix: FixContext, six: boolean): Fix {
  const [first] = reapplyAddon(fix);
  return {
    ...first!,
    changes: `${first!.changes} The argument must read --enable-ipv6=${six}.`,
  };
}
