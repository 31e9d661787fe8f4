import type { ClusterSnapshot } from '../../../../src/inspect/snapshot.ts';
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

/** Nodes that Auto Mode made, from the given one on. */
function autoFrom(first: number, of: ClusterSnapshot): ClusterSnapshot {
  if (of.nodes.status !== 'ok') throw new Error(of.nodes.status);
  const labelled = of.nodes.data.map((n, i) =>
    i < first ? n : { ...n, labels: { ...n.labels, 'eks.amazonaws.com/compute-type': 'auto' } },
  );
  return { ...of, nodes: { status: 'ok', data: labelled } };
}

/** One pod of aws-node whose policy agent came to this end. */
function agentEnded(of: ClusterSnapshot, end: { endedReason: string; exitCode: number }): ClusterSnapshot {
  if (of.cni.status !== 'ok') throw new Error(of.cni.status);
  const agent = { name: 'aws-eks-nodeagent', init: false, ready: false, restarts: 4, ...end };
  const pods = [{ name: 'aws-node-1', node: 'n1', ready: false, phase: 'Running', restarts: 4, containers: [agent] }];
  return { ...of, cni: { status: 'ok', data: { ...of.cni.data, pods } } };
}

const CONTROLLER_ON = { 'enable-network-policy-controller': 'true' };

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
    {
      name: 'nodes of Auto Mode beside those of aws-node: each side by its own switch',
      of: autoFrom(
        1,
        plain().snapshot({
          cluster: cluster({ autoMode: true }),
          cni: { ...withAgent(OFF, { mode: 'standard' }), configMap: CONTROLLER_ON },
          networkPolicies: [POLICY],
        }),
      ),
      want: [
        {
          id: 'NPL001:prod',
          severity: 'error',
          evidence: { autoMode: false, nodes: 1, controller: 'true', agentFlag: 'false' },
          says: /so it is on 1 node of aws-node, while \d+ nodes? of Auto Mode (has an agent|have agents) of (its|their) own$/,
        },
      ],
    },
    {
      name: 'only nodes of Auto Mode, and nothing switches the controller on',
      of: autoFrom(
        0,
        plain().snapshot({
          cluster: cluster({ autoMode: true }),
          cni: { ...withAgent(ON, { mode: 'standard' }), configMap: {} },
          networkPolicies: [POLICY],
        }),
      ),
      want: [
        {
          id: 'NPL001:prod',
          severity: 'error',
          evidence: { autoMode: true, nodes: 0, controller: '' },
          commands: [/"enable-network-policy-controller": ?"true".*kubectl apply -f -/s],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'only nodes of Auto Mode, which enforce, beside a DaemonSet left over without an agent that is on',
      of: autoFrom(
        0,
        plain().snapshot({
          cluster: cluster({ autoMode: true }),
          cni: { ...withAgent(OFF, { mode: 'standard' }), configMap: CONTROLLER_ON },
          networkPolicies: [POLICY],
        }),
      ),
    },
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
          evidence: { controller: 'false', agent: 'true', policies: 1, policyEndpoints: 0, autoNodes: 0 },
          says: /so nothing is programmed$/,
          commands: [/"enableNetworkPolicy":"true"/],
        },
      ],
    },
    {
      name: 'both switches are on: to set them again is no remedy',
      of: plain().snapshot({
        cni: withAgent(ON, { mode: 'standard', configMap: { 'enable-network-policy-controller': 'true' } }),
        networkPolicies: [POLICY],
        addons: [addon({ configuration: { enableNetworkPolicy: 'true' } })],
      }),
      want: [
        {
          id: 'NPL002:prod',
          severity: 'error',
          says: /the controller is on and has made none/,
          commands: [
            /^kubectl get crd policyendpoints\.networking\.k8s\.aws$/,
            /^kubectl get networkpolicies,policyendpoints -A$/,
            /^aws eks describe-cluster --name prod --query cluster\.platformVersion --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'beside nodes of Auto Mode, whose agents have nothing to act on either',
      of: autoFrom(
        1,
        plain().snapshot({
          cluster: cluster({ autoMode: true }),
          cni: withAgent(ON, { mode: 'standard', configMap: {} }),
          networkPolicies: [POLICY],
          addons: [addon()],
        }),
      ),
      want: [
        {
          id: 'NPL002:prod',
          severity: 'error',
          evidence: { autoNodes: 1 },
          says: /so nothing is programmed, on 1 node of Auto Mode with agents of their own neither$/,
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
      name: 'the agent exits for want of a mode, and says so by how it ends',
      of: agentEnded(plain().snapshot({ cni: withAgent(ON) }), { endedReason: 'Error', exitCode: 1 }),
      want: [
        {
          id: 'NPL004/mode-missing:aws-node',
          severity: 'error',
          confidence: 'observed',
          evidence: { agentEnded: { reason: 'Error', exitCode: 1, pods: 1 } },
          says: /its last end on 1 node: Error, exit code 1$/,
        },
      ],
    },
    {
      name: 'an agent that ended for memory is told as that',
      of: agentEnded(plain().snapshot({ cni: withAgent(ON) }), { endedReason: 'OOMKilled', exitCode: 137 }),
      want: [
        {
          id: 'NPL004/mode-missing:aws-node',
          severity: 'error',
          evidence: { agentEnded: { reason: 'OOMKilled', exitCode: 137, pods: 1 } },
          says: /OOMKilled, exit code 137, which is memory$/,
        },
      ],
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
