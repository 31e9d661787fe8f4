import type { Service } from '../../../../src/inspect/snapshot/control.ts';
import type { Cni } from '../../../../src/inspect/snapshot/kubernetes.ts';
import type { Pod } from '../../../../src/inspect/snapshot/pods.ts';
import type { NetworkPolicy, PolicyRule } from '../../../../src/inspect/snapshot/policies.ts';
import {
  addon,
  ago,
  cluster,
  cni,
  type GivenSections,
  NODE_ROLE,
  node,
  nodegroup,
  pod,
  workloads,
} from '../../../support/snapshot-builder.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

type Part = Partial<Omit<Cni, 'containers'>> & {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly args?: readonly string[];
  readonly agent?: string;
};

/** aws-node with its policy agent switched on. */
function agentOn({ args = [], agent = 'v1.4.2', env, ...rest }: Part = {}): Cni {
  const base = cni({
    pods: plain().cniPods,
    changedAt: ago(30 * 86_400),
    ...rest,
    env: { NETWORK_POLICY_ENFORCING_MODE: 'standard', ...env },
  });
  const container = {
    name: 'aws-eks-nodeagent',
    image: `aws-network-policy-agent:${agent}`,
    env: {},
    unresolved: [],
    args: ['--enable-network-policy=true', ...args],
  };
  return { ...base, containers: [...base.containers, container] };
}
const OFF = cni({ pods: plain().cniPods });

const ALL = { matchLabels: {}, matchExpressions: [] };
const labelled = (labels: Record<string, string>) => ({ matchLabels: labels, matchExpressions: [] });
const policy = (name: string, part: Partial<NetworkPolicy> = {}): NetworkPolicy => ({
  namespace: 'shop',
  name,
  podSelector: ALL,
  directions: { ingress: 0 },
  ingress: [],
  egress: [],
  createdAt: ago(86_400),
  ...part,
});
const p = (name: string, part: Partial<Pod> = {}): Pod =>
  pod({ name, namespace: 'shop', node: 'n1', ip: '10.0.0.9', createdAt: ago(3600), labels: { app: 'web' }, ...part });
const world = (pods: readonly Pod[], over: GivenSections & { readonly agent?: Part } = {}) => {
  const { agent, ...sections } = over;
  return plain().snapshot({ cni: agentOn(agent), pods, ...sections });
};

const STRICT: Part = { env: { NETWORK_POLICY_ENFORCING_MODE: 'strict' } };

export const npl003: Case = {
  whole: ['networkPolicies', 'pods', 'nodes'],
  fires: [
    {
      name: 'a namespace without any policy',
      of: world([p('web-1-a'), p('dns-1-a', { namespace: 'kube-system', labels: { app: 'dns' } })], {
        agent: STRICT,
        networkPolicies: [policy('allow', { namespace: 'kube-system' })],
        addons: [addon({ configuration: {} })],
      }),
      want: [
        {
          id: 'NPL003:shop',
          severity: 'error',
          confidence: 'derived',
          evidence: { pods: ['shop/web-1-a'], older: 0, policies: 0, clusterPolicies: 0 },
          commands: [/kubectl apply -f -/],
          anyCommand: [/"NETWORK_POLICY_ENFORCING_MODE":"standard"/],
        },
      ],
    },
    {
      name: 'one pod beside those that are selected: nothing opens the others',
      of: world([p('web-1-a'), p('job-1-a', { labels: { app: 'job' } })], {
        agent: STRICT,
        networkPolicies: [policy('web', { podSelector: labelled({ app: 'web' }) })],
        addons: [addon({ configuration: {} })],
      }),
      want: [
        { id: 'NPL003:shop', severity: 'error', evidence: { policies: 1 }, commands: [/set env/, /update-addon/] },
      ],
    },
    {
      name: 'pods from before the mode, and cluster-wide policies',
      of: world([p('web-1-a', { createdAt: ago(60 * 86_400) })], {
        agent: STRICT,
        networkPolicies: [policy('all', { kind: 'ClusterNetworkPolicy', namespace: '' })],
      }),
      want: [{ id: 'NPL003:shop', severity: 'warning', evidence: { older: 1, clusterPolicies: 1 } }],
    },
  ],
  quiet: [
    { name: 'all are selected', of: world([p('web-1-a')], { agent: STRICT, networkPolicies: [policy('all')] }) },
    {
      name: 'a pod of the same name stem is selected on that node',
      of: world([p('web-1-a'), p('web-1-b', { labels: {} })], {
        agent: STRICT,
        networkPolicies: [policy('web', { podSelector: labelled({ app: 'web' }) })],
      }),
    },
    { name: 'host-network pods alone', of: world([p('exporter-a', { class: 'host-network' })], { agent: STRICT }) },
  ],
  notApplicable: [
    { name: 'standard mode', of: world([p('web-1-a')]) },
    {
      name: 'strict, and the agent is off',
      of: plain().snapshot({ cni: cni({ env: STRICT.env }), pods: [p('web-1-a')] }),
    },
  ],
};

const CRDS = ['policyendpoints', 'clusterpolicyendpoints'].map((n) => ({
  name: `${n}.networking.k8s.aws`,
  versions: ['v1alpha1'],
  createdAt: ago(86_400),
}));
const rule = (resources: string[], verbs = ['get', 'list', 'watch']) => ({
  groups: ['networking.k8s.aws'],
  resources,
  verbs,
  urls: [],
});
const RBAC = { rules: [rule(['policyendpoints', 'clusterpolicyendpoints'])], bound: true };

export const npl005: Case = {
  whole: ['crds', 'rbac'],
  blindWithout: ['cluster'],
  fires: [
    {
      name: 'the rule that v1.21.0 lacked',
      of: world([], {
        agent: { version: 'v1.21.0-eksbuild.1', agent: 'v1.3.0' },
        crds: CRDS,
        rbac: { rules: [rule(['policyendpoints'])], bound: true },
        addons: [addon({ version: 'v1.21.0-eksbuild.1', configuration: {} })],
        addonVersions: {
          addon: 'vpc-cni',
          kubernetesVersion: '1.34',
          versions: [{ version: 'v1.21.2-eksbuild.1', default: true }],
        },
      }),
      want: [
        {
          id: 'NPL005:aws-node',
          severity: 'error',
          confidence: 'derived',
          evidence: {
            agent: 'v1.3.0',
            crds: [],
            rights: [
              'list clusterpolicyendpoints.networking.k8s.aws',
              'watch clusterpolicyendpoints.networking.k8s.aws',
            ],
          },
          commands: [/update-addon .*OVERWRITE/],
          anyCommand: [/--addon-version v1\.21\.2-eksbuild\.1/],
        },
      ],
    },
    {
      name: 'the kind is not installed',
      of: world([], { crds: [], rbac: RBAC, agent: { agent: 'v1.2.0' } }),
      want: [
        {
          id: 'NPL005:aws-node',
          severity: 'error',
          evidence: { crds: ['policyendpoints.networking.k8s.aws'], rights: [] },
        },
      ],
    },
  ],
  quiet: [
    { name: 'all is there', of: world([], { crds: CRDS, rbac: RBAC }) },
    { name: 'a star grants it', of: world([], { crds: CRDS, rbac: { rules: [rule(['*'], ['*'])], bound: true } }) },
    {
      name: 'an agent before cluster-wide policies',
      of: world([], {
        agent: { agent: 'v1.2.7' },
        crds: [CRDS[0]!],
        rbac: { rules: [rule(['policyendpoints'])], bound: true },
      }),
    },
    {
      name: 'a cluster of ten minutes',
      of: world([], { crds: [], rbac: RBAC, cluster: cluster({ createdAt: ago(600) }) }),
    },
  ],
  notApplicable: [{ name: 'the agent is off', of: plain().snapshot({ cni: OFF, crds: [] }) }],
};

const kernel = (version: string, group = 'workers') =>
  node({
    name: 'n1',
    kernelVersion: version,
    osImage: 'Amazon Linux 2',
    labels: group ? { 'eks.amazonaws.com/nodegroup': group } : {},
  });

export const npl006: Case = {
  fires: [
    {
      name: 'one old node of a managed group',
      of: world([], { nodes: [kernel('5.4.228-131.415.amzn2.x86_64'), node({ name: 'n2' })] }),
      want: [
        {
          id: 'NPL006/kernel:managed/workers',
          severity: 'error',
          confidence: 'derived',
          evidence: {
            group: 'managed/workers',
            nodes: [{ node: 'n1', kernel: '5.4.228-131.415.amzn2.x86_64', osImage: 'Amazon Linux 2' }],
          },
          commands: [
            /^aws eks update-nodegroup-version --cluster-name prod --nodegroup-name workers --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'nodes of nobody, and a control plane without the controller',
      of: world([], {
        nodes: [kernel('4.14.301', '')],
        cluster: cluster({ version: '1.25', platformVersion: 'eks.5' }),
      }),
      want: [
        { id: 'NPL006/kernel:self-managed', severity: 'error' },
        { id: 'NPL006/platform:prod', severity: 'error', evidence: { kubernetes: '1.25', platform: 'eks.5' } },
      ],
    },
    {
      name: 'a managed group on an AMI that does not mount the BPF filesystem yet',
      of: world([], {
        nodes: [{ ...kernel('5.10.179-168.710.amzn2.x86_64'), kubeletVersion: 'v1.25.9-eks-0a21954' }],
        nodegroups: [nodegroup({ name: 'workers', amiType: 'AL2_x86_64', releaseVersion: '1.25.9-20230607' })],
      }),
      want: [
        {
          id: 'NPL006/bpf:managed/workers',
          severity: 'info',
          confidence: 'heuristic',
          evidence: { release: '1.25.9-20230607' },
          commands: [/^aws eks update-nodegroup-version /],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'the first AMI that mounts it',
      of: world([], {
        nodes: [kernel('5.10.184-175.749.amzn2.x86_64')],
        nodegroups: [nodegroup({ name: 'workers', amiType: 'AL2_x86_64', releaseVersion: '1.25.11-20230703' })],
      }),
    },
    { name: 'kernel 5.10', of: world([], { nodes: [kernel('5.10.0-1.amzn2')] }) },
    { name: 'kernel 6.1', of: world([], { nodes: [kernel('6.1.0')] }) },
    {
      name: 'the first platform with it',
      of: world([], { cluster: cluster({ version: '1.25', platformVersion: 'eks.7' }) }),
    },
  ],
  notApplicable: [{ name: 'the agent is off', of: plain().snapshot({ cni: OFF, nodes: [kernel('4.14.1')] }) }],
};

const CALICO = {
  engine: 'calico',
  namespace: 'calico-system',
  name: 'calico-node',
  desired: 2,
  image: 'calico/node:v3.28',
};
const OLD_CALICO = ['felixconfigurations.crd.projectcalico.org'].map((name) => ({
  name,
  versions: ['v1'],
  createdAt: ago(9),
}));

export const npl007: Case = {
  whole: ['cni'],
  fires: [
    {
      name: 'the bandwidth plugin',
      of: world([], { agent: { env: { ENABLE_BANDWIDTH_PLUGIN: 'true' } }, addons: [addon({ configuration: {} })] }),
      want: [
        {
          id: 'NPL007/bandwidth:aws-node',
          severity: 'error',
          confidence: 'derived',
          anyCommand: [/"ENABLE_BANDWIDTH_PLUGIN":"false"/],
        },
      ],
    },
    {
      name: 'Calico beside it',
      of: world([], { agent: { otherCnis: [CALICO] }, crds: OLD_CALICO }),
      want: [
        {
          id: 'NPL007/engine:calico',
          severity: 'warning',
          evidence: { objects: ['calico-system/calico-node'], image: 'calico/node:v3.28' },
        },
      ],
    },
    {
      name: 'what Calico left',
      of: world([], { crds: OLD_CALICO }),
      want: [
        {
          id: 'NPL007/leftover:calico',
          severity: 'info',
          confidence: 'heuristic',
          commands: [/get crd felixconfigurations\.crd\.projectcalico\.org$/, /k8s-app=calico-node/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'alone', of: world([]) },
    { name: 'flannel enforces nothing', of: world([], { agent: { otherCnis: [{ ...CALICO, engine: 'flannel' }] } }) },
    { name: 'a parked Calico', of: world([], { agent: { otherCnis: [{ ...CALICO, desired: 0 }] } }) },
  ],
  notApplicable: [
    {
      name: 'the agent is off',
      of: plain().snapshot({ cni: cni({ otherCnis: [CALICO], env: { ENABLE_BANDWIDTH_PLUGIN: 'true' } }) }),
    },
  ],
};

const service = (name: string, selector: Record<string, string>, ip: string, part: Partial<Service> = {}): Service => ({
  namespace: 'shop',
  name,
  type: 'ClusterIP',
  clusterIps: [ip],
  selector,
  ports: [{ protocol: 'TCP', port: 80, targetPort: '8080' }],
  ...part,
});
const KUBE_DNS = service('kube-dns', { 'k8s-app': 'kube-dns' }, '172.20.0.10', { namespace: 'kube-system' });
const egress = (name: string, ...rules: PolicyRule[]) =>
  policy(name, { podSelector: labelled({ app: 'web' }), directions: { egress: rules.length }, egress: rules });
const to = (...peers: PolicyRule['peers'][number][]): PolicyRule => ({ peers, ports: [] });
const INTERNET = to({ cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12'] });
const DNS_PORTS = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: '53' }));
const WEB = p('web-1-a');
const API = p('api-1-b', { labels: { app: 'api', tier: 'back' } });
const manyPorts = (n: number) => Array.from({ length: n }, (_, i) => ({ protocol: 'TCP', port: String(8000 + i) }));

export const npl008: Case = {
  fires: [
    {
      name: 'DNS lies in what another rule excepts',
      of: world([WEB], {
        services: [KUBE_DNS],
        networkPolicies: [egress('web', INTERNET, { peers: [], ports: DNS_PORTS })],
      }),
      want: [
        {
          id: 'NPL008/except-dns:shop',
          severity: 'warning',
          confidence: 'derived',
          evidence: { policies: ['shop/web'], subjects: ['10.0.0.0/8', '172.16.0.0/12'] },
          says: /the cluster DNS lies in it/,
          commands: [
            /^kubectl -n shop patch networkpolicy web --type json -p '\[\{"op":"add","path":"\/spec\/egress\/-","value":\{"to":\[\{"ipBlock":\{"cidr":"10\.0\.0\.0\/8"\}\},\{"ipBlock":\{"cidr":"172\.16\.0\.0\/12"\}\}\],"ports":\[\{"protocol":"UDP","port":53\},\{"protocol":"TCP","port":53\}\]\}\}\]'$/,
          ],
        },
      ],
    },
    {
      name: 'a range of one policy inside a wider one of another',
      of: world([WEB], {
        networkPolicies: [
          egress('one', to({ cidr: '10.0.0.0/8', except: ['10.0.32.0/24'] })),
          egress('two', to({ cidr: '10.0.0.0/16' })),
        ],
      }),
      want: [
        {
          id: 'NPL008/except:shop',
          severity: 'warning',
          evidence: { policies: ['shop/two'], subjects: ['10.0.32.0/24'] },
        },
      ],
    },
    {
      name: 'the Service is selected by other labels',
      of: world([WEB, API], {
        services: [service('api', { app: 'api' }, '172.20.5.50')],
        networkPolicies: [egress('web', to({ podSelector: labelled({ tier: 'back' }) }))],
      }),
      want: [
        {
          id: 'NPL008/service:shop',
          severity: 'warning',
          evidence: { subjects: ['shop/api'] },
          commands: [/"value":\{"to":\[\{"ipBlock":\{"cidr":"172\.20\.5\.50\/32"\}\}\]\}/],
        },
      ],
    },
    {
      name: 'pods of one name stem, selected differently',
      of: world([p('db-0', { labels: { pod: '0' } }), p('db-1', { labels: { pod: '1' } })], {
        networkPolicies: [policy('first', { podSelector: labelled({ pod: '0' }) })],
      }),
      want: [
        {
          id: 'NPL008/shared-name:shop',
          severity: 'warning',
          evidence: { policies: ['shop/first'], subjects: ['shop/db-1'] },
        },
      ],
    },
    {
      name: 'pods on the host network alone, and beside others',
      of: world(
        [
          p('exporter-a', { class: 'host-network', labels: { app: 'exporter' } }),
          p('multi-1-a', { furtherInterfaces: true, labels: { app: 'multi' } }),
        ],
        {
          networkPolicies: [policy('exporter', { podSelector: labelled({ app: 'exporter' }) })],
        },
      ),
      want: [{ id: 'NPL008/unenforced:shop', severity: 'warning', evidence: { subjects: ['host-network'] } }],
    },
    {
      name: 'further interfaces are not filtered',
      of: world([p('multi-1-a', { furtherInterfaces: true })], { networkPolicies: [policy('all')] }),
      want: [{ id: 'NPL008/unenforced:shop', severity: 'info', evidence: { subjects: ['further interfaces'] } }],
    },
    {
      name: 'more ports than an entry holds, inherited ones counted, and IPv6 alone',
      of: world([WEB], {
        networkPolicies: [
          egress(
            'web',
            { peers: [{ cidr: '10.0.0.0/8' }], ports: manyPorts(20) },
            {
              peers: [{ cidr: '10.1.0.0/16' }],
              ports: DNS_PORTS.concat(
                { protocol: 'TCP', port: '1' },
                { protocol: 'TCP', port: '2' },
                { protocol: 'TCP', port: '3' },
              ),
            },
            to({ cidr: '2001:db8::/32' }),
          ),
        ],
      }),
      want: [
        { id: 'NPL008/ports:shop', severity: 'warning', evidence: { subjects: ['10.1.0.0/16 with 25 ports'] } },
        { id: 'NPL008/family:shop', severity: 'warning', evidence: { subjects: ['2001:db8::/32'] } },
      ],
    },
    {
      name: 'node-local DNS runs, and egress does not reach it',
      of: world([WEB], {
        workloads: workloads({
          daemonSets: [
            { namespace: 'kube-system', name: 'node-local-dns', hostNetwork: true, desired: 2, ready: 2, images: [] },
          ],
        }),
        networkPolicies: [policy('web', { directions: { egress: 0 } })],
      }),
      want: [
        {
          id: 'NPL008/node-local-dns:shop',
          severity: 'info',
          commands: [/"path":"\/spec\/egress","value":\[\{"to":\[\{"ipBlock":\{"cidr":"169\.254\.20\.10\/32"\}\}\]/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'DNS is allowed by its pods',
      of: world([WEB], {
        services: [KUBE_DNS],
        networkPolicies: [
          egress('web', INTERNET, {
            peers: [{ namespaceSelector: ALL, podSelector: labelled({ 'k8s-app': 'kube-dns' }) }],
            ports: DNS_PORTS,
          }),
        ],
      }),
    },
    {
      name: 'the very range is allowed, and one inside the except',
      of: world([WEB], {
        networkPolicies: [
          egress('web', INTERNET, to({ cidr: '10.0.0.0/8' }, { cidr: '172.16.0.0/12' }, { cidr: '10.3.0.0/16' })),
        ],
      }),
    },
    {
      name: 'the Service is selected by the same labels, another by its ClusterIP',
      of: world([WEB, API], {
        services: [service('api', { tier: 'back' }, '172.20.5.50'), service('other', { app: 'api' }, '172.20.5.51')],
        networkPolicies: [egress('web', to({ podSelector: labelled({ tier: 'back' }) }, { cidr: '172.20.5.51/32' }))],
      }),
    },
    {
      name: 'pods of one stem on two nodes',
      of: world([p('db-0', { labels: { pod: '0' } }), p('db-1', { labels: { pod: '1' }, node: 'n2' })], {
        networkPolicies: [policy('first', { podSelector: labelled({ pod: '0' }) })],
      }),
    },
    {
      name: 'both families',
      of: world([WEB], { networkPolicies: [egress('web', to({ cidr: '0.0.0.0/0' }, { cidr: '::/0' }))] }),
    },
    {
      name: '24 ports',
      of: world([WEB], { networkPolicies: [egress('web', { peers: [{ cidr: '10.0.0.0/8' }], ports: manyPorts(24) })] }),
    },
    {
      name: 'a file that has no rules',
      of: world([WEB], { networkPolicies: [{ namespace: 'shop', name: 'old', podSelector: ALL }] }),
    },
  ],
  notApplicable: [
    {
      name: 'the agent is off',
      of: plain().snapshot({
        cni: OFF,
        pods: [WEB],
        networkPolicies: [egress('web', INTERNET, { peers: [], ports: DNS_PORTS })],
      }),
    },
  ],
};

const endpoint = (policyName: string, pods: string[] | undefined, created = ago(3600)) => ({
  namespace: 'shop',
  name: `${policyName}-x1`,
  policy: policyName,
  ...(pods ? { pods } : {}),
  createdAt: created,
});

export const npl009: Case = {
  whole: ['networkPolicies', 'pods', 'nodes', 'policyEndpoints'],
  fires: [
    {
      name: 'one pod is not listed, another no longer selected, and one policy is gone',
      of: world([WEB, p('web-1-b'), p('job-1-a', { labels: {} })], {
        networkPolicies: [policy('web', { podSelector: labelled({ app: 'web' }) })],
        policyEndpoints: [endpoint('web', ['web-1-a', 'job-1-a']), endpoint('old', [])],
      }),
      want: [
        {
          id: 'NPL009/stale:shop/web',
          severity: 'warning',
          confidence: 'observed',
          evidence: { unlisted: ['web-1-b'], surplus: ['job-1-a'], policyEndpoints: ['web-x1'] },
          commands: [/^kubectl -n shop delete policyendpoints\.networking\.k8s\.aws web-x1$/],
        },
        {
          id: 'NPL009/orphan:shop/old',
          severity: 'warning',
          evidence: { policyEndpoints: ['old-x1'] },
          commands: [/delete policyendpoints\.networking\.k8s\.aws old-x1$/],
        },
      ],
    },
    {
      name: 'a pod of a StatefulSet came back with another address',
      of: world([{ ...WEB, ip: '10.0.0.77' }], {
        networkPolicies: [policy('all')],
        policyEndpoints: [{ ...endpoint('all', ['web-1-a']), podIps: ['10.0.0.66'] }],
      }),
      want: [
        {
          id: 'NPL009/stale:shop/all',
          severity: 'warning',
          evidence: { unlisted: [], surplus: [], moved: ['web-1-a'] },
          says: /1 pod \(web-1-a\) has another address than is listed/,
        },
      ],
    },
    {
      name: 'a policy without any, while another has one',
      of: world([WEB], {
        networkPolicies: [policy('all'), policy('web', { podSelector: labelled({ app: 'web' }) })],
        policyEndpoints: [endpoint('all', ['web-1-a'])],
      }),
      want: [
        {
          id: 'NPL009/missing:shop/web',
          severity: 'warning',
          evidence: { unlisted: ['web-1-a'] },
          commands: [/describe networkpolicy web$/, /get policyendpoints/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'in two chunks',
      of: world([WEB, p('web-1-b')], {
        networkPolicies: [policy('all')],
        policyEndpoints: [endpoint('all', ['web-1-a']), { ...endpoint('all', ['web-1-b']), name: 'all-x2' }],
      }),
    },
    {
      name: 'a pod of one minute, one on the host network, and one that ends',
      of: world(
        [
          p('web-1-a', { createdAt: ago(60) }),
          p('exporter-a', { class: 'host-network' }),
          p('web-1-c', { terminating: true }),
        ],
        { networkPolicies: [policy('all')], policyEndpoints: [endpoint('all', [])] },
      ),
    },
    {
      name: 'listed with its address',
      of: world([{ ...WEB, ip: '10.0.0.77' }], {
        networkPolicies: [policy('all')],
        policyEndpoints: [{ ...endpoint('all', ['web-1-a']), podIps: ['10.0.0.77'] }],
      }),
    },
    { name: 'none at all: NPL002', of: world([WEB], { networkPolicies: [policy('all')] }) },
    {
      name: 'a file without lists',
      of: world([WEB], { networkPolicies: [policy('all')], policyEndpoints: [endpoint('all', undefined)] }),
    },
    {
      name: 'a pod that is gone',
      of: world([WEB], {
        networkPolicies: [policy('all')],
        policyEndpoints: [endpoint('all', ['web-1-a', 'web-1-z'])],
      }),
    },
  ],
  notApplicable: [
    { name: 'the agent is off', of: plain().snapshot({ cni: OFF, policyEndpoints: [endpoint('old', [])] }) },
  ],
};

const onHost = (name: string, ports: number[], owner = `DaemonSet/${name}`) =>
  p(`${name}-a`, { namespace: 'monitoring', class: 'host-network', hostPorts: ports, owner });
const broken = (container: string) => [
  {
    ...plain().cniPods[0]!,
    ready: false,
    containers: [
      { name: container, init: false, ready: false, restarts: 9, waitingReason: 'CrashLoopBackOff', exitCode: 1 },
    ],
  },
  plain().cniPods[1]!,
];
const LOGS_ON: Part = { args: ['--enable-cloudwatch-logs=true'] };

export const npl010: Case = {
  fires: [
    {
      name: 'a port of the agent is taken, and the agent ends',
      of: world([onHost('exporter', [8162])], {
        agent: { pods: broken('aws-eks-nodeagent') },
        addons: [addon({ configuration: { enableNetworkPolicy: 'true' } })],
      }),
      want: [
        {
          id: 'NPL010/port:8162/DaemonSet/exporter',
          severity: 'error',
          confidence: 'observed',
          evidence: {
            port: 8162,
            container: 'aws-eks-nodeagent',
            pods: ['monitoring/exporter-a'],
            nodes: ['n1'],
            unwell: 1,
          },
          commands: [/"nodeAgent":\{"metricsBindAddr":"18162"\}/],
        },
      ],
    },
    {
      name: 'a port of ipamd may be taken',
      of: world([onHost('exporter', [61678])]),
      want: [
        {
          id: 'NPL010/port:61678/DaemonSet/exporter',
          severity: 'warning',
          evidence: { container: 'aws-node' },
          commands: [/get pods -A -o wide$/],
        },
      ],
    },
    {
      name: 'logs without leave',
      of: world([], {
        agent: LOGS_ON,
        iam: {
          roles: [
            {
              arn: NODE_ROLE,
              name: 'eks-nodes',
              usedBy: ['nodes'],
              exists: true,
              attachedPolicies: [],
              statements: [
                {
                  effect: 'Allow',
                  actions: ['ec2:*', 'logs:PutLogEvents'],
                  notActions: [],
                  resources: ['*'],
                  notResources: [],
                  conditions: [],
                },
              ],
              trust: [],
            },
          ],
          instanceProfiles: {},
          oidcIssuers: [],
        },
      }),
      want: [
        {
          id: 'NPL010/logs:eks-nodes',
          severity: 'warning',
          evidence: {
            role: NODE_ROLE,
            actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogGroups'],
          },
          commands: [
            /^aws iam put-role-policy --role-name eks-nodes --policy-name vpc-cni-agent-logs .*"logs:CreateLogGroup"/,
          ],
        },
      ],
    },
  ],
  quiet: [
    { name: 'another port', of: world([onHost('exporter', [9100])]) },
    {
      name: 'the agent was moved',
      of: world([onHost('exporter', [8162])], { agent: { args: ['--metrics-bind-addr=:18162'] } }),
    },
    { name: 'sockets since v1.23.0', of: world([onHost('exporter', [50051, 50052])]) },
    { name: 'a pod with a network of its own', of: world([p('web-1-a', { hostPorts: [8162] })]) },
    {
      name: 'metrics are off',
      of: world([onHost('exporter', [61678])], { agent: { env: { DISABLE_METRICS: 'true' } } }),
    },
  ],
};
