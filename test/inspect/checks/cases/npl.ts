import { addon, ago, cluster, cni, event } from '../../../support/snapshot-builder.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

const POLICY = { namespace: 'shop', name: 'deny', podSelector: { matchLabels: {}, matchExpressions: [] } };
type Part = NonNullable<Parameters<typeof cni>[0]>;

/** aws-node with a policy agent started with these arguments; without any for none. */
const withAgent = (args: readonly string[] | undefined, part: Part & { readonly mode?: string } = {}) => {
  const { mode, ...rest } = part;
  const base = cni({ env: { NETWORK_POLICY_ENFORCING_MODE: mode }, ...rest });
  const agent = { name: 'aws-eks-nodeagent', image: 'aws-network-policy-agent:v1.4.2', env: {}, unresolved: [] };
  return { ...base, containers: [...base.containers, ...(args ? [{ ...agent, args: [...args] }] : [])] };
};
const ON = ['--enable-network-policy=true'];
const OFF = ['--enable-network-policy=false'];

export const npl001: Case = {
  fires: [
    {
      name: 'the agent is off',
      of: plain().snapshot({
        cni: withAgent(OFF, { mode: 'standard' }),
        networkPolicies: [POLICY],
        addons: [addon({ configuration: { env: { WARM_ENI_TARGET: '1' } } })],
      }),
      want: [
        {
          id: 'NPL001:prod',
          severity: 'error',
          confidence: 'derived',
          evidence: { policies: 1, namespaces: ['shop'], agentFlag: 'false', agentPresent: true },
          commands: [
            /^aws eks update-addon --cluster-name prod --addon-name vpc-cni --resolve-conflicts PRESERVE --configuration-values='\{"env":\{"WARM_ENI_TARGET":"1"\},"enableNetworkPolicy":"true"\}' --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'Auto Mode, and the controller is off',
      of: plain().snapshot({
        cluster: cluster({ autoMode: true }),
        cni: cni({ installed: false }),
        networkPolicies: [POLICY, { ...POLICY, kind: 'ClusterNetworkPolicy', namespace: '' }],
      }),
      want: [
        {
          id: 'NPL001:prod',
          severity: 'error',
          evidence: { autoMode: true, policies: 2, namespaces: ['shop', 'the whole cluster'] },
          commands: [/"enable-network-policy-controller": ?"true".*kubectl apply -f -/s],
        },
      ],
    },
    {
      name: 'aws-node came from a manifest, without an agent',
      of: plain().snapshot({
        cni: withAgent(undefined, { installMethod: 'manifest', mode: 'standard' }),
        networkPolicies: [POLICY],
      }),
      want: [
        {
          id: 'NPL001:prod',
          severity: 'error',
          evidence: { agentPresent: false },
          anyCommand: [/^kubectl get networkpolicies -A$/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'Auto Mode with the controller on',
      of: plain().snapshot({
        cluster: cluster({ autoMode: true }),
        cni: cni({ installed: false, configMap: { 'enable-network-policy-controller': 'true' } }),
        networkPolicies: [POLICY],
      }),
    },
    { name: 'no policies', of: plain().snapshot({ cni: withAgent(OFF, { mode: 'standard' }) }) },
    {
      name: 'the agent is on',
      of: plain().snapshot({ cni: withAgent(ON, { mode: 'standard' }), networkPolicies: [POLICY] }),
    },
    {
      name: 'Calico enforces them beside aws-node',
      of: plain().snapshot({
        cni: withAgent(OFF, { otherCnis: [{ engine: 'calico', namespace: 'calico-system', name: 'calico-node' }] }),
        networkPolicies: [POLICY],
      }),
    },
  ],
};

const ENDPOINT = { namespace: 'shop', name: 'deny-x1', policy: 'deny' };

export const npl002: Case = {
  whole: ['policyEndpoints'],
  fires: [
    {
      name: 'agents on, controller off',
      of: plain().snapshot({
        cni: withAgent(ON, { mode: 'standard', configMap: { 'enable-network-policy-controller': 'false' } }),
        networkPolicies: [POLICY],
        addons: [addon()],
      }),
      want: [
        {
          id: 'NPL002:prod',
          severity: 'error',
          evidence: { controller: 'false', agent: 'true', policies: 1, policyEndpoints: 0 },
          commands: [/"enableNetworkPolicy":"true"/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'both work',
      of: plain().snapshot({
        cni: withAgent(ON, { mode: 'standard' }),
        networkPolicies: [POLICY],
        policyEndpoints: [ENDPOINT],
      }),
    },
    { name: 'no policies', of: plain().snapshot({ cni: withAgent(ON, { mode: 'standard' }) }) },
    {
      name: 'a policy of one minute, and cluster-wide ones',
      of: plain().snapshot({
        cni: withAgent(ON, { mode: 'standard' }),
        networkPolicies: [
          { ...POLICY, createdAt: ago(60) },
          { ...POLICY, kind: 'ClusterNetworkPolicy', namespace: '' },
        ],
      }),
    },
    { name: 'the agent is off: NPL001', of: plain().snapshot({ cni: withAgent(OFF), networkPolicies: [POLICY] }) },
  ],
};

const down = { name: 'aws-node-n1', node: 'n1', ready: false, phase: 'Running', restarts: 9 };

export const npl004: Case = {
  fires: [
    {
      name: 'a mode that is none',
      of: plain().snapshot({ cni: withAgent(ON, { mode: 'on', pods: [down] }) }),
      want: [
        {
          id: 'NPL004/mode:aws-node',
          severity: 'error',
          confidence: 'observed',
          evidence: { mode: 'on', notReady: 1 },
          commands: [/ NETWORK_POLICY_ENFORCING_MODE=standard$/],
        },
      ],
    },
    {
      name: 'the agent is on and nobody told the mode',
      of: plain().snapshot({ cni: withAgent(ON) }),
      want: [{ id: 'NPL004/mode-missing:aws-node', severity: 'error', confidence: 'derived' }],
    },
    {
      name: 'the agent was taken away and pods fail',
      of: plain().snapshot({
        cni: withAgent(undefined, { mode: 'strict' }),
        events: [
          event({ kind: 'network-policy-setup-failed', object: { kind: 'Pod', namespace: 'shop', name: 'web' } }),
        ],
      }),
      want: [
        {
          id: 'NPL004/agent-missing:aws-node',
          severity: 'error',
          confidence: 'observed',
          evidence: { failedPods: 1 },
          commands: [/ NETWORK_POLICY_ENFORCING_MODE-$/],
        },
      ],
    },
    {
      name: 'the agent was taken away and nothing fails yet',
      of: plain().snapshot({ cni: withAgent(undefined, { mode: 'standard' }) }),
      want: [{ id: 'NPL004/agent-missing:aws-node', severity: 'info' }],
    },
  ],
  quiet: [
    { name: 'as shipped', of: plain().snapshot({ cni: withAgent(OFF, { mode: 'standard' }) }) },
    { name: 'case does not matter', of: plain().snapshot({ cni: withAgent(ON, { mode: 'Strict' }) }) },
    { name: 'neither', of: plain().snapshot({ cni: withAgent(undefined) }) },
  ],
};
