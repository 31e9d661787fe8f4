import type { Vpc } from '../../../../src/inspect/snapshot/ec2.ts';
import type { Cni } from '../../../../src/inspect/snapshot/kubernetes.ts';
import type { VpcEndpoint } from '../../../../src/inspect/snapshot/routing.ts';
import {
  addon,
  ago,
  cluster,
  cni,
  event,
  instance,
  node,
  nodegroup,
  pod,
  type subnet,
  VPC,
  workloads,
} from '../../../support/snapshot-builder.ts';
import { ACCOUNT, World } from '../world.ts';
import type { Case } from './case.ts';
import { custom, customSections, plain } from './worlds.ts';

type Part = NonNullable<Parameters<typeof cni>[0]>;
const container = (name: string, image: string, env: Record<string, string> = {}, args: string[] = []) => ({
  name,
  image,
  env,
  unresolved: [],
  args,
});

const offered = (...versions: readonly string[]) => ({
  addon: 'vpc-cni',
  kubernetesVersion: '1.34',
  versions: versions.map((version, i) => ({ version, default: i === 0 })),
});

export const add003: Case = {
  whole: ['addonVersions'],
  fires: [
    {
      name: 'EKS offers others only',
      of: plain().snapshot({
        addons: [addon({ version: 'v1.12.0-eksbuild.1' })],
        addonVersions: offered('v1.21.0-eksbuild.1', 'v1.20.4-eksbuild.2'),
      }),
      want: [
        {
          id: 'ADD003:vpc-cni',
          severity: 'error',
          evidence: { version: 'v1.12.0-eksbuild.1', default: 'v1.21.0-eksbuild.1' },
          // one minor release at a time, as far as EKS offers them
          commands: [
            /^aws eks update-addon .* --addon-version v1\.20\.4-eksbuild\.2 --resolve-conflicts PRESERVE --region eu-west-1 && aws eks wait addon-active --cluster-name prod --addon-name vpc-cni --region eu-west-1 && aws eks update-addon --cluster-name prod --addon-name vpc-cni --addon-version v1\.21\.0-eksbuild\.1 --resolve-conflicts PRESERVE --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'one among them that was withdrawn',
      of: plain().snapshot({
        addons: [addon({ version: 'v1.20.5-eksbuild.1' })],
        addonVersions: offered('v1.21.0-eksbuild.1', 'v1.20.4-eksbuild.2'),
      }),
      want: [{ id: 'ADD003:vpc-cni', severity: 'warning' }],
    },
    {
      name: 'the next Kubernetes version has it no more',
      of: plain().snapshot({
        addons: [addon({ version: 'v1.19.0-eksbuild.1' })],
        addonVersions: {
          ...offered('v1.20.4-eksbuild.2', 'v1.19.0-eksbuild.1', 'v1.21.0-eksbuild.1'),
          next: { kubernetesVersion: '1.35', versions: ['v1.21.0-eksbuild.1', 'v1.22.0-eksbuild.1'] },
        },
      }),
      want: [
        {
          id: 'ADD003/next-minor:vpc-cni',
          severity: 'warning',
          evidence: { kubernetesVersion: '1.35', ofNext: true },
          commands: [
            /--addon-version v1\.20\.4-eksbuild\.2 .* && aws eks wait .* && .* --addon-version v1\.21\.0-eksbuild\.1 /,
          ],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'it is among them',
      of: plain().snapshot({ addons: [addon()], addonVersions: offered('v1.21.0-eksbuild.1', 'v1.23.1-eksbuild.1') }),
    },
    {
      name: 'it is later than all of them',
      of: plain().snapshot({ addons: [addon()], addonVersions: offered('v1.21.0-eksbuild.1', 'v1.20.4-eksbuild.2') }),
    },
    { name: 'EKS told none', of: plain().snapshot({ addons: [addon()] }) },
  ],
  notApplicable: [{ name: 'no managed add-on', of: plain().snapshot() }],
};

const images = (main: string, init: string, agent: string, env: Record<string, string> = {}, part: Part = {}) =>
  cni({
    ...part,
    containers: [
      container('aws-node', `602401143452.dkr.ecr/amazon-k8s-cni:${main}`, {
        ENABLE_IPv4: 'true',
        WARM_ENI_TARGET: '1',
        ...env,
      }),
      container('aws-eks-nodeagent', `602401143452.dkr.ecr/aws-network-policy-agent:${agent}`),
    ],
    initContainers: [container('aws-vpc-cni-init', `602401143452.dkr.ecr/amazon-k8s-cni-init:${init}`)],
  } as Part);

export const add005: Case = {
  fires: [
    {
      name: 'an agent from before the unix socket',
      of: plain().snapshot({
        cni: images('v1.23.1-eksbuild.1', 'v1.23.1-eksbuild.1', 'v1.3.4-eksbuild.1'),
        addons: [addon()],
      }),
      want: [
        {
          id: 'ADD005/agent:aws-node',
          severity: 'error',
          evidence: { awsNode: 'v1.23.1-eksbuild.1', other: 'v1.3.4-eksbuild.1' },
          commands: [/^aws eks update-addon .*--resolve-conflicts OVERWRITE/],
        },
      ],
    },
    {
      name: 'one image was changed by hand, and the number beside it forgotten',
      of: plain().snapshot({ cni: images('v1.20.4', 'v1.18.0', 'v1.2.7', { VPC_CNI_VERSION: 'v1.18.0' }) }),
      want: [
        { id: 'ADD005/init:aws-node', severity: 'warning', evidence: { other: 'v1.18.0' } },
        { id: 'ADD005/env:aws-node', severity: 'info' },
      ],
    },
    {
      name: 'an agent from before its own socket',
      of: plain().snapshot({ cni: images('v1.20.4', 'v1.20.4', 'v1.2.4') }),
      want: [{ id: 'ADD005/agent:aws-node', severity: 'error', evidence: { other: 'v1.2.4' } }],
    },
    {
      name: 'probes of an older manifest, and rules of one',
      of: (() => {
        const base = images('v1.23.1', 'v1.23.1', 'v1.4.2', { ENABLE_POD_ENI: 'true' });
        const [main, ...rest] = base.containers;
        const probes = [{ kind: 'liveness' as const, by: 'exec' as const, timeoutSeconds: 10, port: 50051 }];
        return plain().snapshot({
          cni: { ...base, containers: [{ ...main!, probes }, ...rest] },
          rbac: {
            bound: true,
            rules: [{ groups: ['vpcresources.k8s.aws'], resources: ['cninodes'], verbs: ['get', 'list'], urls: [] }],
          },
        });
      })(),
      want: [
        { id: 'ADD005/probes:aws-node', severity: 'error', says: /still ask port :50051/ },
        { id: 'ADD005/rules:aws-node', severity: 'error' },
      ],
    },
    {
      name: 'the node has the plugin of another release',
      of: (() => {
        const world = plain().waiting('wait-1', 'n1');
        world.events.push(
          event({ kind: 'wrong-client-version', object: { kind: 'Pod', namespace: 'shop', name: 'wait-1' } }),
        );
        return world.snapshot({ cni: images('v1.20.4', 'v1.20.4', 'v1.2.7') });
      })(),
      want: [{ id: 'ADD005/client:aws-node', severity: 'error', confidence: 'observed', waiting: ['shop/wait-1'] }],
    },
  ],
  quiet: [
    {
      name: 'all of one release',
      of: plain().snapshot({ cni: images('v1.23.1-eksbuild.1', 'v1.23.1', 'v1.4.2', { VPC_CNI_VERSION: 'v1.23.1' }) }),
    },
    { name: 'an older pair', of: plain().snapshot({ cni: images('v1.22.4', 'v1.22.4', 'v1.3.5') }) },
    { name: 'tags of a mirror', of: plain().snapshot({ cni: images('prod-7', 'stable', 'latest') }) },
  ],
  notApplicable: [{ name: 'no aws-node', of: plain().snapshot({ cni: cni({ installed: false }) }) }],
};

const at = (version: string, part: Part = {}) => cni({ version, ...part });

/** Calico beside aws-node, and kube-proxy wanted on so many nodes. */
const besideCalico = (proxies: number, name = 'kube-proxy', more: Cni['otherCnis'] = []) => {
  const agent = { namespace: 'calico-system', name: 'calico-node', desired: 2, ready: 2 };
  const proxy = { namespace: 'kube-system', name, hostNetwork: true, desired: proxies, ready: proxies };
  return plain().snapshot({
    cni: cni({ pods: plain().cniPods, desired: 2, otherCnis: [{ engine: 'calico', ...agent }, ...more] }),
    workloads: workloads({
      daemonSets: [
        { ...proxy, images: name === 'kube-proxy' ? [] : ['registry.k8s.io/kube-proxy:v1.34.1'] },
        { ...agent, hostNetwork: true, images: [] },
      ],
    }),
  });
};

export const add007: Case = {
  blindWithout: ['eniConfigs'],
  fires: [
    {
      name: 'an ENIConfig without groups on v1.13.0',
      of: custom().snapshot({
        ...customSections,
        cni: at('v1.13.0-eksbuild.1', { env: customSections.env }),
        eniConfigs: [{ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: [] }],
        addons: [addon({ version: 'v1.13.0-eksbuild.1' })],
        addonVersions: offered('v1.20.4-eksbuild.2', 'v1.13.4-eksbuild.1'),
      }),
      want: [
        {
          id: 'ADD007:1.13.2-eniconfig-without-groups',
          severity: 'error',
          evidence: { version: 'v1.13.0-eksbuild.1', fixedIn: '1.13.2' },
          commands: [/ --addon-version v1\.13\.4-eksbuild\.1 /],
        },
      ],
    },
    {
      name: 'HyperPod on v1.22.2',
      of: plain().snapshot({
        cni: at('v1.22.2-eksbuild.1'),
        nodes: [node({ name: 'n1', hyperPod: true })],
      }),
      want: [{ id: 'ADD007:1.22.4-hyperpod', severity: 'error' }],
    },
    {
      name: 'the pool that never rests, from a manifest',
      of: plain().snapshot({ cni: at('v1.16.3', { installMethod: 'manifest' }) }),
      want: [
        { id: 'ADD007:1.16.4-always', severity: 'warning', anyCommand: [/^kubectl -n kube-system get ds aws-node /] },
      ],
    },
    {
      name: 'its policy agent exits on one node',
      of: plain().snapshot({
        cni: images(
          'v1.14.0-eksbuild.3',
          'v1.14.0-eksbuild.3',
          'v1.0.1',
          {},
          {
            version: 'v1.14.0-eksbuild.3',
            pods: [
              {
                name: 'aws-node-n1',
                node: 'n1',
                ready: false,
                phase: 'Running',
                restarts: 25,
                startedAt: ago(9000),
                containers: [
                  { name: 'aws-node', init: false, ready: true, restarts: 0 },
                  {
                    name: 'aws-eks-nodeagent',
                    init: false,
                    ready: false,
                    restarts: 25,
                    waitingReason: 'CrashLoopBackOff',
                    exitCode: 1,
                  },
                ],
              },
            ],
          },
        ),
      }),
      want: [
        {
          id: 'ADD007:1.14.1-policy-agent',
          severity: 'error',
          evidence: { agentExits: 1 },
          says: /; its agent exits again and again on 1 node; mended in 1\.14\.1 /,
        },
      ],
    },
    {
      name: 'pods wait with nothing else in their way',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, running: 9, waiting: 2 })
        .snapshot({ cni: at('v1.16.3', { installMethod: 'manifest' }), addons: [] }),
      want: [
        {
          id: 'ADD007:1.16.4-always',
          severity: 'error',
          waiting: ['shop/wait-n1-0', 'shop/wait-n1-1'],
          evidence: { waitingPods: 2 },
          says: /, and 2 pods wait for an address now; mended in 1\.16\.4 /,
        },
      ],
    },
    {
      name: 'an old Kubernetes',
      of: plain().snapshot({ cni: at('v1.16.1'), cluster: cluster({ version: '1.23' }) }),
      want: [{ id: 'ADD007:1.16.2-old-kubernetes', severity: 'error' }],
    },
    {
      name: 'v1.23 beside Calico without a kube-proxy: it does the work of one in eBPF mode, and no release mends it',
      of: besideCalico(0),
      want: [
        {
          id: 'ADD007:1.23.0-calico-ebpf',
          severity: 'warning',
          confidence: 'derived',
          evidence: { fixedIn: null, lastGood: '1.22.4' },
          says: /no release mends it yet, 1\.22\.4 is without it/,
        },
      ],
    },
    {
      name: 'where a further engine may serve Services it is only a sign',
      of: besideCalico(0, 'kube-proxy', [{ engine: 'kube-router', namespace: 'kube-system', name: 'kube-router' }]),
      want: [{ id: 'ADD007:1.23.0-calico-ebpf', severity: 'info', confidence: 'heuristic' }],
    },
  ],
  quiet: [
    { name: 'Calico beside kube-proxy: not in eBPF mode', of: besideCalico(2) },
    { name: 'nor beside one of another name', of: besideCalico(2, 'proxy') },
    { name: 'mended', of: plain().snapshot({ cni: at('v1.16.4') }) },
    { name: 'the same release on a newer Kubernetes', of: plain().snapshot({ cni: at('v1.16.1') }) },
    {
      name: 'every ENIConfig has groups',
      of: custom().snapshot({ ...customSections, cni: at('v1.13.0', { env: customSections.env }) }),
    },
  ],
};

const POLICY = {
  namespace: 'shop',
  name: 'db-clients',
  createdAt: ago(1800),
  podSelector: { matchLabels: { app: 'web' }, matchExpressions: [] },
  securityGroupIds: ['sg-web'],
};
const selected = (part: Partial<Parameters<typeof pod>[0]> = {}) => {
  const world = plain();
  world.pods.push(
    pod({
      name: 'api-1',
      namespace: 'shop',
      node: 'n1',
      ip: '10.0.0.5',
      labels: { app: 'web' },
      owner: 'Deployment/api',
      ...part,
    }),
  );
  return world;
};

/** A pod on Fargate that the policy selects; the annotation of its groups was written or not. */
const onFargate = (injected: boolean) => {
  const world = selected({ node: 'fargate-ip-10-0-1-9', class: 'fargate', injected });
  world.nodes.push(node({ name: 'fargate-ip-10-0-1-9', labels: { 'eks.amazonaws.com/compute-type': 'fargate' } }));
  return world;
};
const webhook = (kind: 'mutating' | 'validating', configuration: string) => ({
  kind,
  configuration,
  name: 'vpc.k8s.aws',
  failurePolicy: 'Ignore',
  podOperations: ['CREATE'],
  podStatus: false,
  selective: false,
});

const byLabels = (selected: string[]) => ({
  matchLabels: { team: 'a' },
  matchExpressions: [],
  matchNames: [],
  selected,
});

export const sgp005: Case = {
  blindWithout: ['pods', 'nodes'],
  notApplicable: [{ name: 'no policy', of: selected().snapshot({ env: { ENABLE_POD_ENI: 'true' } }) }],
  fires: [
    {
      name: 'a pod on Fargate without its groups, though the feature is off on nodes',
      of: onFargate(false).snapshot({ securityGroupPolicies: [POLICY] }),
      want: [
        {
          id: 'SGP005/fargate:shop',
          severity: 'error',
          evidence: { reason: 'fargate', policies: ['shop/db-clients'], pods: 1, owners: ['Deployment/api'] },
          says: /^1 pod of Deployment\/api runs on Fargate without the security groups of shop\/db-clients/,
          commands: [/^kubectl -n shop rollout restart deployment\/api$/],
        },
      ],
    },
    {
      name: 'the webhook is gone',
      of: selected({ class: 'branch', branchEniId: 'eni-br', injected: true }).snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        securityGroupPolicies: [POLICY],
        webhooks: [webhook('validating', 'vpc-resource-validating-webhook')],
      }),
      want: [
        {
          id: 'SGP005/webhook:webhook',
          severity: 'error',
          confidence: 'observed',
          commands: [/^kubectl get mutatingwebhookconfiguration vpc-resource-mutating-webhook$/],
        },
      ],
    },
    {
      name: 'an empty selector of service accounts selects the namespace',
      of: selected().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        securityGroupPolicies: [
          {
            ...POLICY,
            podSelector: undefined,
            serviceAccountSelector: { matchLabels: {}, matchExpressions: [], matchNames: [] },
          },
        ],
      }),
      want: [{ id: 'SGP005:shop', severity: 'error' }],
    },
    {
      name: 'selected by the labels of its service account',
      of: selected().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        securityGroupPolicies: [{ ...POLICY, podSelector: undefined, serviceAccountSelector: byLabels(['default']) }],
      }),
      want: [{ id: 'SGP005:shop', severity: 'error' }],
    },
    {
      name: 'a pod older than the policy, and one that stands alone',
      of: (() => {
        const world = selected();
        world.pods.push(
          pod({ name: 'lone', namespace: 'shop', node: 'n2', labels: { app: 'web' }, createdAt: ago(60) }),
        );
        return world.snapshot({
          env: { ENABLE_POD_ENI: 'true' },
          securityGroupPolicies: [POLICY],
          webhooks: [webhook('mutating', 'vpc-resource-mutating-webhook')],
        });
      })(),
      want: [
        {
          id: 'SGP005:shop',
          severity: 'error',
          evidence: {
            policies: ['shop/db-clients'],
            pods: 2,
            olderThanPolicy: 1,
            owners: ['Deployment/api', 'Pod/lone'],
          },
          commands: [/^kubectl -n shop rollout restart deployment\/api$/, /^kubectl -n shop delete pod lone$/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'labels that no service account of its pods carries',
      of: selected().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        securityGroupPolicies: [{ ...POLICY, podSelector: undefined, serviceAccountSelector: byLabels(['other']) }],
      }),
    },
    {
      name: 'it has its branch ENI',
      of: selected({ class: 'branch', branchEniId: 'eni-br' }).snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        securityGroupPolicies: [POLICY],
      }),
    },
    {
      name: 'a cluster of which no webhook is known, and every pod has its ENI',
      of: selected({ class: 'branch', branchEniId: 'eni-br', injected: true }).snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        securityGroupPolicies: [POLICY],
        webhooks: [],
      }),
    },
    {
      name: 'a policy without groups is none',
      of: selected().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        securityGroupPolicies: [{ ...POLICY, securityGroupIds: [] }],
      }),
    },
    {
      name: 'on Fargate, with its groups, and the feature off on nodes',
      of: onFargate(true).snapshot({ securityGroupPolicies: [POLICY] }),
    },
    {
      name: 'it is on the host network',
      of: selected({ class: 'host-network' }).snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        securityGroupPolicies: [POLICY],
      }),
    },
    {
      name: 'other labels',
      of: selected({ labels: {} }).snapshot({ env: { ENABLE_POD_ENI: 'true' }, securityGroupPolicies: [POLICY] }),
    },
    { name: 'the feature is off: SGP001', of: selected().snapshot({ securityGroupPolicies: [POLICY] }) },
  ],
};

/** n1 with one more pod that has this address. */
const withIp = (ip: string, ageSeconds = 3600) => {
  const world = plain();
  world.pods.push(pod({ name: 'odd', namespace: 'shop', node: 'n1', ip, createdAt: ago(ageSeconds) }));
  return world;
};

/** Each node with a /80; pods `[name, node, address]` beside. */
const ipv6 = (...pods: readonly (readonly [string, string, string])[]) => {
  const world = new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a');
  for (const n of ['n1', 'n2']) world.node(n, { home: 'subnet-0a', further: [], running: 0 });
  for (const [i, at] of world.enis.entries())
    world.enis[i] = { ...at, ipv6Addresses: [`2a05:d018::${i + 1}:5`], ipv6Prefixes: [`2a05:d018:0:0:${i + 1}::/80`] };
  for (const [name, node, ip] of pods)
    world.pods.push(pod({ name, namespace: 'shop', node, ip, createdAt: ago(3600) }));
  return world.snapshot({ env: { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' } });
};

export const hlt005: Case = {
  whole: ['networkInterfaces', 'nodes'],
  fires: [
    {
      name: 'an address that is on no interface',
      of: withIp('10.0.0.200').snapshot(),
      want: [
        {
          id: 'HLT005/no-eni:pods',
          severity: 'error',
          confidence: 'observed',
          evidence: { pods: [{ pod: 'shop/odd', node: 'n1', ip: '10.0.0.200', eniId: null }] },
          commands: [/^kubectl drain n1 .* && aws .*--instance-id i-n1 /],
        },
      ],
    },
    {
      name: "an address of the other node's interface",
      of: withIp('10.0.1.20').snapshot(),
      want: [{ id: 'HLT005/foreign-eni:pods', severity: 'error', evidence: { pods: [{ eniId: 'eni-n2-1' }] } }],
    },
    {
      name: 'the address of another pod',
      of: withIp('10.0.0.4').snapshot(),
      want: [
        {
          id: 'HLT005/duplicate:pods',
          severity: 'error',
          evidence: { pods: [{ pod: 'shop/web-n1-0' }, { pod: 'shop/odd' }] },
        },
      ],
    },
    {
      name: "the node's own address",
      of: withIp('10.0.0.13').snapshot(),
      want: [{ id: 'HLT005/node-address:pods', severity: 'error' }],
    },
    {
      name: "IPv6: an address of no node's prefix, one of another node's, and one that two pods have",
      of: ipv6(
        ['lost', 'n1', '2a05:d018::9:0:0:7'],
        ['strange', 'n1', '2a05:d018::2:0:0:7'],
        ['one', 'n2', '2a05:d018::2:0:0:8'],
        ['two', 'n2', '2a05:d018:0:0:2::8'],
        ['fine', 'n1', '2a05:d018::1:0:0:7'],
      ),
      want: [
        { id: 'HLT005/no-eni:pods', severity: 'error', evidence: { pods: [{ pod: 'shop/lost', eniId: null }] } },
        { id: 'HLT005/foreign-eni:pods', severity: 'error', evidence: { pods: [{ pod: 'shop/strange', node: 'n1' }] } },
        {
          id: 'HLT005/duplicate:pods',
          severity: 'error',
          evidence: { pods: [{ pod: 'shop/one' }, { pod: 'shop/two' }] },
        },
      ],
    },
    {
      name: 'what ipamd counts, where it was asked',
      of: plain().snapshot({
        cniMetrics: [
          {
            pod: 'aws-node-n1',
            node: 'n1',
            values: { awscni_assigned_ip_addresses: 12, awscni_force_removed_ips: 1 },
            awsErrors: {},
          },
          { pod: 'aws-node-n2', node: 'n2', values: { awscni_assigned_ip_addresses: 18 }, awsErrors: {} },
        ],
      }),
      want: [
        {
          id: 'HLT005/force-removed:ipamd',
          severity: 'warning',
          confidence: 'observed',
          evidence: { counters: [{ node: 'n1', assigned: 12, holding: 12, forced: 1 }] },
        },
        {
          id: 'HLT005/surplus:ipamd',
          severity: 'info',
          evidence: { counters: [{ node: 'n2', assigned: 18, holding: 12, forced: 0 }] },
        },
      ],
    },
  ],
  quiet: [
    { name: 'all in order', of: plain().snapshot() },
    { name: 'IPv6, a node whose prefix is another than EC2 shows', of: ipv6(['one', 'n1', '2a05:d018::9:0:0:7']) },
    { name: 'IPv6, all in order', of: ipv6(['one', 'n1', '2a05:d018::1:0:0:7'], ['two', 'n2', '2a05:d018::2:0:0:7']) },
    { name: 'it has only just come', of: withIp('10.0.0.200', 120).snapshot() },
    {
      name: 'five more than pods hold',
      of: plain().snapshot({
        cniMetrics: [{ pod: 'aws-node-n1', node: 'n1', values: { awscni_assigned_ip_addresses: 17 }, awsErrors: {} }],
      }),
    },
  ],
};

const table = (
  subnetIds: readonly string[],
  target: string,
  part: { readonly main?: boolean; readonly state?: string } = {},
) => ({
  routeTableId: 'rtb-1',
  main: part.main ?? false,
  subnetIds: [...subnetIds],
  routes: [
    { destination: '10.0.0.0/16', target: 'local', state: 'active' },
    { destination: '0.0.0.0/0', target, state: part.state ?? 'active' },
  ],
});
const BOTH = ['subnet-0a', 'subnet-0b'];
const SNAT = { AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true' };
const withPublicIps = () => {
  const world = plain();
  for (const [i, one] of world.instances.entries())
    world.instances[i] = instance({ ...one, publicIp: `203.0.113.${i}` });
  return world;
};

const endpoint = (service: string, part: Partial<VpcEndpoint> = {}): VpcEndpoint => ({
  endpointId: `vpce-${service}`,
  service: `com.amazonaws.eu-west-1.${service}`,
  type: 'Interface',
  state: 'available',
  subnetIds: ['subnet-0a'],
  routeTableIds: [],
  securityGroupIds: [],
  privateDns: true,
  ...part,
});
const SITE = { destination: '10.8.0.0/16', target: 'tgw-1', state: 'active' };
/** n1 stands in a subnet from which nothing leaves the VPC; n2's has a NAT gateway. */
const closedNetwork = (vpcEndpoints: VpcEndpoint[], ready = false, routes: (typeof SITE)[] = [], vpc?: Vpc) =>
  plain().snapshot({
    cluster: cluster({ clusterSecurityGroupId: 'sg-cluster' }),
    cni: cni({
      serviceAccountRoleArn: 'arn:aws:iam::111122223333:role/cni',
      pods: [{ name: 'aws-node-n1', node: 'n1', ready, phase: 'Running', restarts: 3 }],
    }),
    routeTables: [
      table(['subnet-0b'], 'nat-1'),
      {
        routeTableId: 'rtb-2',
        main: false,
        subnetIds: ['subnet-0a'],
        routes: [{ destination: '10.0.0.0/16', target: 'local', state: 'active' }, ...routes],
      },
    ],
    vpcEndpoints,
    ...(vpc ? { vpc } : {}),
  });

export const rte001: Case = {
  whole: ['routeTables', 'instances'],
  fires: [
    {
      name: 'nodes in a public subnet without a public address',
      of: plain().snapshot({
        routeTables: [table(['subnet-0a'], 'igw-1'), { ...table(['subnet-0b'], 'nat-1'), routeTableId: 'rtb-2' }],
      }),
      want: [
        {
          id: 'RTE001/no-public-ip:subnet-0a',
          severity: 'error',
          evidence: { routeTableId: 'rtb-1', target: 'igw-1', externalSnat: false, nodes: ['n1'] },
          commands: [
            /^aws ec2 modify-subnet-attribute --subnet-id subnet-0a --map-public-ip-on-launch --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'pod addresses go to the internet as they are',
      of: withPublicIps().snapshot({ env: SNAT, routeTables: [table([], 'igw-1', { main: true })] }),
      want: [
        {
          id: 'RTE001/external-snat-igw:igw-1',
          severity: 'error',
          evidence: { subnets: ['subnet-0a', 'subnet-0b'], nodes: ['n1', 'n2'] },
          commands: [/ AWS_VPC_K8S_CNI_EXTERNALSNAT=false$/],
        },
      ],
    },
    {
      name: 'the NAT gateway is gone',
      of: plain().snapshot({ routeTables: [table(BOTH, 'nat-1', { state: 'blackhole' })] }),
      want: [
        {
          id: 'RTE001/blackhole:rtb-1',
          severity: 'error',
          commands: [/^aws ec2 describe-route-tables --route-table-ids rtb-1 /],
        },
      ],
    },
    {
      name: 'a closed subnet in a VPC that lacks two endpoints, one for want of private DNS',
      of: closedNetwork([
        endpoint('ecr.api'),
        endpoint('ecr.dkr', { privateDns: false }),
        endpoint('s3', { type: 'Gateway', routeTableIds: ['rtb-2'], privateDns: false }),
      ]),
      want: [
        {
          id: 'RTE001/no-endpoints:ecr.dkr+ec2+sts',
          severity: 'error',
          confidence: 'derived',
          evidence: { routeTableId: 'rtb-2', endpoints: ['ecr.dkr', 'ec2', 'sts'], nodes: ['n1'] },
          commands: [
            /^aws ec2 create-vpc-endpoint --vpc-id vpc-\w+ --service-name com\.amazonaws\.eu-west-1\.ecr\.dkr --vpc-endpoint-type Interface --private-dns-enabled --subnet-ids subnet-0a --security-group-ids sg-cluster --region eu-west-1$/,
            /\.ec2 /,
            /\.sts /,
          ],
        },
      ],
    },
    {
      name: 'no endpoint at all, yet aws-node is ready: a proxy perhaps',
      of: closedNetwork([], true),
      want: [
        {
          id: 'RTE001/no-endpoints:ecr.api+ecr.dkr+s3+ec2+sts',
          severity: 'warning',
          evidence: { endpoints: ['ecr.api', 'ecr.dkr', 's3', 'ec2', 'sts'] },
          commands: [
            /^aws ec2 create-route --route-table-id rtb-2 --destination-cidr-block 0\.0\.0\.0\/0 --nat-gateway-id nat-1 --region eu-west-1$/,
          ],
          anyCommand: [/s3 --vpc-endpoint-type Gateway --route-table-ids rtb-2 /],
        },
      ],
    },
  ],
  quiet: [
    { name: 'a NAT gateway', of: plain().snapshot({ routeTables: [table(BOTH, 'nat-1')] }) },
    { name: 'public nodes that translate', of: withPublicIps().snapshot({ routeTables: [table(BOTH, 'igw-1')] }) },
    {
      name: 'external SNAT behind a NAT gateway',
      of: plain().snapshot({ env: SNAT, routeTables: [table(BOTH, 'nat-1')] }),
    },
    { name: 'its tables were not seen', of: plain().snapshot() },
    {
      name: 'closed on purpose, with all endpoints',
      of: closedNetwork([
        ...['ecr.api', 'ecr.dkr', 'ec2', 'sts'].map((s) => endpoint(s)),
        endpoint('s3', { type: 'Gateway', routeTableIds: ['rtb-2'], privateDns: false }),
      ]),
    },
    { name: 'another network may have the endpoints', of: closedNetwork([], false, [SITE]) },
    {
      name: 'a VPC of another account, whose endpoints are not seen',
      of: closedNetwork([], false, [], { vpcId: VPC, ownerId: '999900001111', cidrs: [], ipv6Cidrs: [] }),
    },
  ],
};

const services = (part: Parameters<typeof cluster>[0]) => cluster({ serviceIpv4Cidr: '172.20.0.0/16', ...part });

export const rte005: Case = {
  fires: [
    {
      name: 'a range of the VPC within that of Services',
      of: plain().snapshot({
        cluster: services({}),
        vpc: { vpcId: VPC, ownerId: ACCOUNT, cidrs: [{ cidr: '172.20.8.0/22', state: 'associated' }], ipv6Cidrs: [] },
      }),
      want: [
        {
          id: 'RTE005:172.20.8.0/22-172.20.0.0/16',
          severity: 'error',
          evidence: { what: 'the VPC', other: 'Services' },
          commands: [/^aws ec2 describe-vpcs --vpc-ids vpc-\w+ /],
        },
      ],
    },
    {
      name: 'hybrid nodes within the VPC, and a peer within Services',
      of: plain().snapshot({
        cluster: services({ remoteNodeCidrs: ['10.0.64.0/20'] }),
        routeTables: [
          {
            routeTableId: 'rtb-1',
            main: true,
            subnetIds: [],
            routes: [{ destination: '172.20.0.0/20', target: 'pcx-1', state: 'active' }],
          },
        ],
      }),
      want: [
        {
          id: 'RTE005:10.0.64.0/20-10.0.0.0/16',
          severity: 'error',
          evidence: { what: 'hybrid nodes', other: 'the VPC' },
        },
        { id: 'RTE005:172.20.0.0/20-172.20.0.0/16', severity: 'warning', evidence: { what: 'peers behind pcx-1' } },
      ],
    },
  ],
  quiet: [
    { name: 'apart', of: plain().snapshot({ cluster: services({ remoteNodeCidrs: ['192.168.0.0/16'] }) }) },
    {
      name: 'a wide route over a transit gateway',
      of: plain().snapshot({
        cluster: services({}),
        routeTables: [
          {
            routeTableId: 'rtb-1',
            main: true,
            subnetIds: [],
            routes: [{ destination: '172.16.0.0/12', target: 'tgw-1', state: 'active' }],
          },
        ],
      }),
    },
    {
      name: 'a range that is being taken away',
      of: plain().snapshot({
        cluster: services({}),
        vpc: {
          vpcId: VPC,
          ownerId: ACCOUNT,
          cidrs: [{ cidr: '172.20.8.0/22', state: 'disassociated' }],
          ipv6Cidrs: [],
        },
      }),
    },
  ],
};

const IPV6 = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' };
const six = (part: Parameters<typeof subnet>[0], template = false) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', part)
    .node('n1', { home: 'subnet-0a', maxPods: 110 })
    .snapshot({
      env: IPV6,
      cluster: cluster({ ipFamily: 'ipv6' }),
      nodegroups: [
        nodegroup({ subnetIds: ['subnet-0a'], ...(template ? { launchTemplate: { id: 'lt-1', version: '1' } } : {}) }),
      ],
    });
const RANGE = { ipv6Cidrs: ['2001:db8:0:1::/64'] };

export const ip6001: Case = {
  fires: [
    {
      name: 'no IPv6 range',
      of: six({}),
      want: [
        {
          id: 'IP6001/no-range:subnet-0a',
          severity: 'error',
          evidence: { nodes: 1, nodegroups: ['workers'] },
          commands: [
            /^aws ec2 describe-vpcs --vpc-ids vpc-0a1b2c3d4e5f60718 .*'length\(.* \| grep -qx 0 && aws ec2 associate-vpc-cidr-block --vpc-id vpc-0a1b2c3d4e5f60718 --amazon-provided-ipv6-cidr-block --region eu-west-1 && sleep 15$/,
            /^aws ec2 describe-vpcs .* \| sed -E .*\\1:0::\/64.* \| grep '\/64\$' \| xargs '-I\{\}' aws ec2 associate-subnet-cidr-block --subnet-id subnet-0a --ipv6-cidr-block='\{\}' --region eu-west-1 && sleep 15 && aws ec2 modify-subnet-attribute --assign-ipv6-address-on-creation --subnet-id subnet-0a --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'two without a range, in a VPC that has one: each gets a /64 of its own that no other subnet has',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b')
        .subnet('subnet-db', '10.0.2.0/24', 'eu-west-1b', { ipv6Cidrs: ['2001:db8:0:100::/64'] })
        .node('n1', { home: 'subnet-0a', maxPods: 110 })
        .snapshot({
          env: IPV6,
          cluster: cluster({ ipFamily: 'ipv6', subnetIds: ['subnet-0b'] }),
          nodegroups: [nodegroup({ subnetIds: ['subnet-0a'] })],
          vpc: {
            ...{ vpcId: VPC, ownerId: ACCOUNT, cidrs: [{ cidr: '10.0.0.0/16', state: 'associated' }] },
            ipv6Cidrs: ['2001:db8:0:100::/56'],
          },
        }),
      want: [
        {
          id: 'IP6001/no-range:subnet-0a',
          severity: 'error',
          commands: [
            /^aws ec2 associate-subnet-cidr-block --subnet-id subnet-0a --ipv6-cidr-block 2001:db8:0:101::\/64 --region eu-west-1 && sleep 15 && aws ec2 modify-subnet-attribute /,
          ],
        },
        {
          id: 'IP6001/no-range:subnet-0b',
          severity: 'error',
          commands: [
            /^aws ec2 associate-subnet-cidr-block --subnet-id subnet-0b --ipv6-cidr-block 2001:db8:0:102::\/64 --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'a subnet that another account owns: only that can mend it',
      of: six({ ownerId: '999988887777' }),
      want: [{ id: 'IP6001/no-range:subnet-0a', severity: 'error', commands: [] }],
    },
    {
      name: 'a range, and addresses are not assigned',
      of: six(RANGE),
      want: [
        {
          id: 'IP6001/no-auto-assign:subnet-0a',
          severity: 'error',
          commands: [
            /^aws ec2 modify-subnet-attribute --subnet-id subnet-0a --assign-ipv6-address-on-creation --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'the launch template may ask for one itself',
      of: six(RANGE, true),
      want: [{ id: 'IP6001/no-auto-assign:subnet-0a', severity: 'warning' }],
    },
    {
      name: 'no IPv4',
      of: six({ ...RANGE, assignIpv6: true, ipv6Native: true }),
      want: [{ id: 'IP6001/ipv6-only:subnet-0a', severity: 'error', commands: [] }],
    },
    {
      name: 'no IPv4 in one of the subnets of a group: a group like it without that subnet',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { ...RANGE, assignIpv6: true, ipv6Native: true })
        .subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b', { ipv6Cidrs: ['2001:db8:0:2::/64'], assignIpv6: true })
        .node('n1', { home: 'subnet-0b', maxPods: 110 })
        .snapshot({
          env: IPV6,
          cluster: cluster({ ipFamily: 'ipv6' }),
          nodegroups: [nodegroup({ subnetIds: ['subnet-0a', 'subnet-0b'] })],
        }),
      want: [
        {
          id: 'IP6001/ipv6-only:subnet-0a',
          severity: 'error',
          commands: [
            /^aws eks describe-nodegroup .*subnets:`\["subnet-0b"\]`.*> ng-workers-2.json$/,
            /^aws eks create-nodegroup --cli-input-json file:\/\/ng-workers-2.json/,
            /^aws eks wait nodegroup-active .*workers-2 .* && kubectl cordon -l eks.amazonaws.com\/nodegroup=workers && kubectl drain .* && aws eks delete-nodegroup /,
          ],
        },
      ],
    },
    {
      name: 'no IPv4 in two subnets of a group, and one that has both: no group is made in the other of the two',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { ...RANGE, assignIpv6: true, ipv6Native: true })
        .subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b', {
          ...{ ipv6Cidrs: ['2001:db8:0:2::/64'], assignIpv6: true, ipv6Native: true },
        })
        .subnet('subnet-0c', '10.0.2.0/24', 'eu-west-1c', { ipv6Cidrs: ['2001:db8:0:3::/64'], assignIpv6: true })
        .node('n1', { home: 'subnet-0c', maxPods: 110 })
        .snapshot({
          env: IPV6,
          cluster: cluster({ ipFamily: 'ipv6' }),
          nodegroups: [
            nodegroup({ name: 'two', subnetIds: ['subnet-0a', 'subnet-0b'] }),
            nodegroup({ name: 'three', subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-0c'] }),
          ],
        }),
      want: ['subnet-0a', 'subnet-0b'].map((id) => ({
        id: `IP6001/ipv6-only:${id}`,
        severity: 'error' as const,
        commands: [
          /^aws eks describe-nodegroup .* three .*subnets:`\["subnet-0c"\]`.*> ng-three-2.json$/,
          /^aws eks create-nodegroup /,
          /^aws eks wait nodegroup-active /,
        ],
      })),
    },
    {
      name: 'fewer IPv4 addresses than an update launches nodes at once',
      of: six({ ...RANGE, assignIpv6: true, availableIps: 2 }),
      want: [
        {
          id: 'IP6001/low-ipv4:subnet-0a',
          severity: 'warning',
          evidence: { freeIpv4: 1, launchedAtOnce: 2 },
          commands: [
            /^aws eks update-nodegroup-config --cluster-name prod --nodegroup-name workers --update-config.maxUnavailable=1,updateStrategy=MINIMAL/,
          ],
          anyCommand: [/^aws ec2 describe-network-interfaces /m],
          says: /has 1 IPv4 address left, of which every node takes one: an update may launch 2 nodes there at once$/,
        },
      ],
    },
    {
      name: 'a subnet of the control plane without a range',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { ...RANGE, assignIpv6: true })
        .subnet('subnet-cp', '10.0.1.0/24', 'eu-west-1b')
        .node('n1', { home: 'subnet-0a', maxPods: 110 })
        .snapshot({
          env: IPV6,
          cluster: cluster({ ipFamily: 'ipv6', subnetIds: ['subnet-cp'] }),
          nodegroups: [nodegroup({ subnetIds: ['subnet-0a'] })],
        }),
      want: [
        {
          id: 'IP6001/no-range:subnet-cp',
          severity: 'error',
          says: /of the control plane has no IPv6 range$/,
          evidence: { controlPlane: true, nodes: 0 },
        },
      ],
    },
  ],
  quiet: [
    { name: 'as it should be', of: six({ ...RANGE, assignIpv6: true }) },
    {
      name: 'as many IPv4 addresses as an update launches nodes',
      of: six({ ...RANGE, assignIpv6: true, availableIps: 3 }),
    },
  ],
  notApplicable: [{ name: 'an IPv4 cluster', of: plain().snapshot() }],
};
