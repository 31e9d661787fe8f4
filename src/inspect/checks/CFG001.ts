import * as v from 'valibot';
import { parseGoBool, type SettingProblem, settingProblems } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { listed, things } from '../contract/words.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { defineCheck } from './define-check.ts';
import { setOnInit, setSettings } from './fixes/settings.ts';

const evidence = v.object({
  settings: v.array(v.object({ variable: v.string(), value: v.string(), effect: v.string() })),
  /** aws-node pods that are not ready now. */
  notReady: v.number(),
  desired: v.number(),
});

/** Variables a refusal was worked out from, beside the one it names: where one of them is not known, neither is the refusal. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  WARM_PREFIX_TARGET: ['WARM_IP_TARGET', 'MINIMUM_IP_TARGET', 'ENABLE_PREFIX_DELEGATION'],
  ENABLE_IPv6: ['ENABLE_IPv4'],
  ENABLE_IPv4: ['ENABLE_IPv6'],
};

/** What starts and changes least; the family of addresses follows the cluster's. */
const STARTS_WITH: Readonly<Record<string, string>> = {
  AWS_VPC_K8S_PLUGIN_LOG_FILE: '/var/log/aws-routed-eni/plugin.log',
  AWS_VPC_K8S_CNI_VETHPREFIX: 'eni',
  IP_COOLDOWN_PERIOD: '30',
  AWS_VPC_ENI_MTU: '9001',
  POD_MTU: '9001',
  WARM_PREFIX_TARGET: '1',
  ENABLE_PREFIX_DELEGATION: 'true',
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false',
};

export const CFG001 = defineCheck({
  code: 'CFG001',
  title: 'A setting makes aws-node refuse to start',
  severity: 'error',
  grain: 'cluster',
  needs: { networking },
  helps: { fix: fixContext },
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  evaluate: ({ networking: net, fix }) => {
    const refused = settingProblems(net.env, { defaults: 'binary' }).filter(
      (p) => p.fatal && ![p.variable, ...(TOGETHER[p.variable] ?? [])].some((name) => net.unresolved.includes(name)),
    );
    if (refused.length === 0) return [];
    const down = (fix.cni?.pods ?? []).filter((p) => !p.ready);
    return [
      {
        key: 'aws-node',
        confidence: down.length > 0 ? 'observed' : 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: { nodes: down.flatMap((p) => p.node ?? []) },
        evidence: {
          settings: refused.map(({ variable, value, effect }) => ({ variable, value, effect })),
          notReady: down.length,
          desired: fix.cni?.desired ?? fix.cni?.pods.length ?? 0,
        },
        fixes: mend(fix, refused),
      },
    ];
  },
  summary: (e) =>
    `${listed(e.settings.map((s) => (s.value === '' ? `${s.variable} is not set` : `${s.variable} is "${s.value}"`)))}: ${e.settings[0]!.effect}${
      e.notReady > 0 ? `; ${e.notReady} of ${things(e.desired, 'aws-node pod')} not ready` : ''
    }`,
  explanation: {
    why: 'aws-node checks its settings when it starts and exits. The DaemonSet is rolled out node by node, so nodes go NotReady one after another, and no pod gets an address on them any more.',
    how: 'The environment of the container aws-node against the checks the program makes at start: log file, veth prefix, enforcing mode of security groups for pods, cool-down, MTUs, warm targets in prefix mode (compared as text with "0", an absent one counts as 0), and the families of addresses. An absent variable means the program\'s own default, not the manifest\'s. A value that comes from an object that was not read is not judged. NETWORK_POLICY_ENFORCING_MODE is NPL004.',
    fix: 'Set the variable to a value the program takes, where aws-node was installed from.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'amazon-vpc-cni-k8s cmd/aws-vpc-cni/main.go validateEnvVars',
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go isConfigValid',
    ],
  },
});

function mend(fix: FixContext, refused: readonly SettingProblem[]): Fix[] {
  const set: Record<string, string> = {};
  for (const { variable, value } of refused) {
    const ipv6 = fix.cluster?.ipFamily === 'ipv6';
    if (variable === 'ENABLE_IPv4' || variable === 'ENABLE_IPv6') {
      set.ENABLE_IPv4 = String(!ipv6);
      set.ENABLE_IPv6 = String(ipv6);
    } else if (variable === 'POD_SECURITY_GROUP_ENFORCING_MODE') {
      set[variable] = value.trim().toLowerCase() === 'standard' ? 'standard' : 'strict';
    } else if (STARTS_WITH[variable] !== undefined) set[variable] = STARTS_WITH[variable];
  }
  if (Object.keys(set).length === 0) return [];
  return [
    ...setSettings(fix, `Set ${listed(Object.keys(set))} to what aws-node takes`, { set }),
    ...alikeOnInit(fix, set.ENABLE_IPv6),
  ];
}

/** The init container has the family of addresses too. */
function alikeOnInit(fix: FixContext, wanted: string | undefined): Fix[] {
  const init = fix.cni?.initContainers.find((c) => c.name === 'aws-vpc-cni-init');
  if (wanted === undefined || !init || init.unresolved.includes('ENABLE_IPv6')) return [];
  const now = parseGoBool(init.env.ENABLE_IPv6 ?? '') ?? false;
  if (String(now) === wanted) return [];
  return setOnInit(fix, { ENABLE_IPv6: wanted }, 'Set it in the init container alike');
}
