import { addon, ago, cni, event, pod } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

const withEnv = (env: Readonly<Record<string, string | undefined>>, world = plain()) => world.snapshot({ env });

export const cfg001: Case = {
  fires: [
    {
      name: 'prefixes are on and nothing is warm: the absent target counts as 0',
      of: withEnv({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: undefined }),
      want: [
        {
          id: 'CFG001:aws-node',
          severity: 'error',
          confidence: 'derived',
          evidence: { settings: [{ variable: 'WARM_PREFIX_TARGET', value: '' }], notReady: 0, desired: 2 },
          says: /^WARM_PREFIX_TARGET is not set: prefixes are on and none of /,
          commands: [/^kubectl -n kube-system set env ds\/aws-node -c aws-node WARM_PREFIX_TARGET=1$/],
        },
      ],
    },
    {
      name: 'several values at once, and a node is down already',
      of: plain()
        .node('n3', { home: 'subnet-0a', node: { ready: 'False', readyReason: 'cni-not-initialized' } })
        .snapshot({
          env: { AWS_VPC_K8S_CNI_VETHPREFIX: 'lo', AWS_VPC_ENI_MTU: '65000', ENABLE_IPv6: 'true' },
          addons: [addon({ configuration: { env: { AWS_VPC_ENI_MTU: '65000' } } })],
        }),
      want: [
        {
          id: 'CFG001:aws-node',
          severity: 'error',
          confidence: 'observed',
          evidence: { notReady: 1, desired: 3 },
          says: /^AWS_VPC_K8S_CNI_VETHPREFIX is "lo", AWS_VPC_ENI_MTU is "65000", ENABLE_IPv6 is "true" and .*; 1 of 3 aws-node pods not ready$/,
          anyCommand: [/"AWS_VPC_ENI_MTU":"9001"/, /"ENABLE_IPv4":"true"/, /"ENABLE_IPv6":"false"/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'as shipped', of: plain().snapshot() },
    {
      name: 'an IP target starts it too',
      of: withEnv({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '0', WARM_IP_TARGET: '2' }),
    },
    { name: 'the largest MTU', of: withEnv({ AWS_VPC_ENI_MTU: '9001', POD_MTU: '576' }) },
    {
      name: 'the target comes from an object that was not read',
      of: plain().snapshot({
        cni: cni({
          containers: [
            {
              name: 'aws-node',
              image: 'amazon-k8s-cni:v1.23.1',
              env: { ENABLE_IPv4: 'true', ENABLE_PREFIX_DELEGATION: 'true' },
              unresolved: ['WARM_PREFIX_TARGET'],
              args: [],
            },
          ],
        } as Parameters<typeof cni>[0]),
      }),
    },
  ],
};

export const cfg002: Case = {
  fires: [
    {
      name: 'words Go does not read',
      of: withEnv({ ENABLE_POD_ENI: 'yes', MANAGE_UNTAGGED_ENI: 'nope', WARM_ENI_TARGET: '-2' }),
      want: [
        {
          id: 'CFG002/bool:ENABLE_POD_ENI',
          severity: 'warning',
          evidence: { value: 'yes', container: 'aws-node' },
          says: /^ENABLE_POD_ENI="yes" on the container aws-node: not a boolean Go reads, ipamd uses false$/,
          commands: [/ ENABLE_POD_ENI=true$/],
        },
        { id: 'CFG002/bool:MANAGE_UNTAGGED_ENI', severity: 'warning', commands: [/ MANAGE_UNTAGGED_ENI-$/] },
        { id: 'CFG002/int:WARM_ENI_TARGET', severity: 'warning', evidence: { effect: 'negative, ipamd uses 1' } },
      ],
    },
    {
      name: 'on the wrong container, tags that are dropped, and what another setting overrules',
      of: plain().snapshot({
        cni: cni({
          env: {
            DISABLE_TCP_EARLY_DEMUX: 'true',
            ADDITIONAL_ENI_TAGS: '{"node.k8s.amazonaws.com/no_manage":"true"}',
            AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true',
            AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: '10.9.0.0/16',
            WARM_IP_TARGET: '5',
            WARM_ENI_TARGET: '2',
          },
          initContainers: [
            { name: 'aws-vpc-cni-init', image: 'i', env: { ENABLE_POD_ENI: 'true' }, unresolved: [], args: [] },
          ],
        }),
      }),
      want: [
        { id: 'CFG002/container:DISABLE_TCP_EARLY_DEMUX', severity: 'warning', evidence: { container: 'aws-node' } },
        { id: 'CFG002/container:ENABLE_POD_ENI', severity: 'warning', evidence: { container: 'aws-vpc-cni-init' } },
        { id: 'CFG002/tags:ADDITIONAL_ENI_TAGS', severity: 'warning' },
        { id: 'CFG002/overridden:AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS', severity: 'info' },
        { id: 'CFG002/overridden:WARM_ENI_TARGET', severity: 'info' },
      ],
    },
    {
      name: 'names that nearly are, twice the same, of a later release and of a former one',
      of: plain().snapshot({
        cni: cni({
          version: 'v1.15.1-eksbuild.1',
          containers: [
            {
              name: 'aws-node',
              image: 'amazon-k8s-cni:v1.15.1-eksbuild.1',
              env: {
                ENABLE_IPv4: 'true',
                WARM_PREFIX_TARGET: '3',
                POD_MTU: '1400',
                ENABLE_SUBNET_DISCOVERY: 'true',
                ENABLE_NFTABLES: 'true',
                MINIMUM_IP_TARGET: '7',
                WARM_IP_TARGET: '5',
                AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: '10.9.0.0/16, fd00::/8, 10.8.0.1/16',
              },
              unresolved: [],
              args: [],
              duplicates: ['MINIMUM_IP_TARGET'],
              misspelt: ['ENABLE_IPV6', 'WARM_IP_TARGETS', 'ENABLE_PREFIX_DELGATION'],
            },
          ],
        } as Parameters<typeof cni>[0]),
        addons: [addon({ version: 'v1.15.1-eksbuild.1' })],
        addonVersions: {
          addon: 'vpc-cni',
          kubernetesVersion: '1.34',
          versions: [{ version: 'v1.21.1-eksbuild.1', default: true }],
        },
      }),
      want: [
        {
          id: 'CFG002/unknown:ENABLE_IPV6',
          severity: 'warning',
          evidence: {
            value: '',
            effect: 'no program reads it; ENABLE_IPv6 is meant perhaps, of which its default counts',
          },
          commands: [/^kubectl -n kube-system get daemonset aws-node -o yaml$/],
        },
        {
          id: 'CFG002/unknown:WARM_IP_TARGETS',
          severity: 'warning',
          says: /^WARM_IP_TARGETS on the container aws-node: no program reads it; WARM_IP_TARGET is meant perhaps, of which 5 counts$/,
        },
        {
          id: 'CFG002/unknown:ENABLE_PREFIX_DELGATION',
          severity: 'warning',
          says: /ENABLE_PREFIX_DELEGATION is meant/,
        },
        {
          id: 'CFG002/duplicate:MINIMUM_IP_TARGET',
          severity: 'warning',
          commands: [
            /^kubectl -n kube-system set env ds\/aws-node -c aws-node MINIMUM_IP_TARGET-$/,
            /^kubectl -n kube-system set env ds\/aws-node -c aws-node MINIMUM_IP_TARGET=7$/,
          ],
        },
        {
          id: 'CFG002/version:POD_MTU',
          severity: 'warning',
          says: /aws-node v1\.15\.1-eksbuild\.1 does not read it; v1\.16\.4 is the first that does$/,
          commands: [/^aws eks update-addon .*--addon-version v1\.21\.1-eksbuild\.1 /],
        },
        { id: 'CFG002/deprecated:ENABLE_NFTABLES', severity: 'info' },
        {
          id: 'CFG002/overridden:AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS',
          severity: 'warning',
          says: /fd00::\/8 is no IPv4 range and left out$/,
        },
        { id: 'CFG002/overridden:WARM_PREFIX_TARGET', severity: 'info', says: /prefixes are off$/ },
      ],
    },
    {
      name: 'warm targets in an IPv6 cluster',
      of: withEnv({ ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '5' }),
      want: [{ id: 'CFG002/overridden:WARM_IP_TARGET', severity: 'info', says: /one prefix for all of its pods$/ }],
    },
    {
      name: 'tags that are no JSON',
      of: withEnv({ ADDITIONAL_ENI_TAGS: 'team=a' }),
      want: [
        {
          id: 'CFG002/tags:ADDITIONAL_ENI_TAGS',
          severity: 'warning',
          evidence: { effect: 'not JSON: no tag is added' },
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'variables without a value, as a template leaves them: they count as absent',
      of: withEnv({ ENABLE_POD_ENI: '', WARM_IP_TARGET: '', DISABLE_TCP_EARLY_DEMUX: '' }),
    },
    { name: 'as shipped', of: plain().snapshot() },
    {
      name: 'every spelling Go reads, and the demux on both containers',
      of: plain().snapshot({
        cni: cni({
          env: {
            ENABLE_POD_ENI: 'T',
            MANAGE_UNTAGGED_ENI: '1',
            ADDITIONAL_ENI_TAGS: '{"team":"a"}',
            DISABLE_TCP_EARLY_DEMUX: 'true',
          },
          initContainers: [
            {
              name: 'aws-vpc-cni-init',
              image: 'i',
              env: { DISABLE_TCP_EARLY_DEMUX: 'true' },
              unresolved: [],
              args: [],
            },
          ],
        }),
      }),
    },
  ],
};

export const cfg003: Case = {
  fires: [
    {
      name: 'a node has pods for all of them',
      of: withEnv({ MINIMUM_IP_TARGET: '12' }),
      want: [
        {
          id: 'CFG003:aws-node',
          severity: 'error',
          evidence: {
            minimumIpTarget: 12,
            warmIpTarget: '',
            ceiling: 12,
            nodes: 2,
            nodesAtCeiling: 2,
            podsPerNodeP95: 12,
          },
          commands: [/ WARM_IP_TARGET=2$/],
        },
      ],
    },
    {
      name: 'pods wait for addresses the pool never asks for',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, further: [1], running: 10, waiting: 2 })
        .snapshot({ env: { MINIMUM_IP_TARGET: '10' }, addons: [] }),
      want: [
        {
          id: 'CFG003:aws-node',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-n1-0', 'shop/wait-n1-1'],
          evidence: { ceiling: 10, nodesAtCeiling: 1, waitingPods: 2 },
          says: /1 of 1 node has pods for all of them, and 2 pods wait for an address now$/,
        },
      ],
    },
    {
      name: 'in prefix mode the pool is rounded up to sixteen, so no node is at its end yet',
      of: withEnv({ MINIMUM_IP_TARGET: '12', WARM_IP_TARGET: '0', ENABLE_PREFIX_DELEGATION: 'true' }),
      want: [
        { id: 'CFG003:aws-node', severity: 'warning', evidence: { warmIpTarget: '0', ceiling: 16, nodesAtCeiling: 0 } },
      ],
    },
  ],
  quiet: [
    { name: 'both are set', of: withEnv({ MINIMUM_IP_TARGET: '12', WARM_IP_TARGET: '1' }) },
    { name: 'neither is set', of: plain().snapshot() },
  ],
};

const many = (nodes: number) => {
  const world = new World().subnet('subnet-0a', '10.0.0.0/18', 'eu-west-1a');
  for (let i = 0; i < nodes; i++) world.node(`n${i}`, { home: 'subnet-0a', primary: 6, running: 5 });
  return world;
};

export const cfg004: Case = {
  fires: [
    {
      name: 'two addresses at a time on 51 nodes',
      of: withEnv({ WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '4' }, many(51)),
      want: [
        {
          id: 'CFG004:aws-node',
          severity: 'warning',
          confidence: 'heuristic',
          evidence: {
            warmIpTarget: 2,
            minimumIpTarget: 4,
            nodes: 51,
            podsPerNodeP95: 5,
            podStarts: 0,
            callsPerMinute: 0,
            throttled: 0,
          },
          commands: [/ MINIMUM_IP_TARGET=5 WARM_IP_TARGET=5$/],
        },
      ],
    },
    {
      name: 'three nodes, twelve hundred pods in ten minutes, and EC2 refuses',
      of: (() => {
        const world = many(3);
        for (let i = 0; i < 1200; i++)
          world.pods.push(pod({ name: `job-${i}`, namespace: 'jobs', node: `n${i % 3}`, createdAt: ago(300) }));
        world.events.push(
          event({
            kind: 'branch-failed',
            reason: 'BranchAllocationFailed',
            throttled: true,
            object: { kind: 'Pod', namespace: 'shop', name: 'x' },
          }),
        );
        return world;
      })().snapshot({ env: { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '6' } }),
      want: [
        {
          id: 'CFG004:aws-node',
          severity: 'error',
          confidence: 'observed',
          // 1,200 in ten minutes are 120 a minute, two at a time
          evidence: { nodes: 3, podStarts: 120, callsPerMinute: 60, throttled: 1 },
        },
      ],
    },
    {
      name: 'addresses lie idle for five minutes',
      of: withEnv({ IP_COOLDOWN_PERIOD: '300' }, many(51)),
      want: [
        {
          id: 'CFG004/cool-down:aws-node',
          severity: 'warning',
          confidence: 'heuristic',
          evidence: { cooldownSeconds: 300 },
          commands: [/ IP_COOLDOWN_PERIOD=30$/],
        },
      ],
    },
    {
      name: 'without a minimum',
      of: withEnv({ WARM_IP_TARGET: '8' }, many(51)),
      want: [
        {
          id: 'CFG004:aws-node',
          severity: 'warning',
          evidence: { minimumIpTarget: 0 },
          commands: [/ MINIMUM_IP_TARGET=5 WARM_IP_TARGET=8$/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'few nodes', of: withEnv({ WARM_IP_TARGET: '2' }, many(50)) },
    { name: 'fetched ahead', of: withEnv({ WARM_IP_TARGET: '5', MINIMUM_IP_TARGET: '6' }, many(51)) },
    {
      name: 'prefixes: sixteen a call',
      of: withEnv({ WARM_IP_TARGET: '2', ENABLE_PREFIX_DELEGATION: 'true' }, many(51)),
    },
  ],
};

const service = (namespace: string, name: string) => ({
  namespace,
  name,
  type: 'ClusterIP',
  clusterIps: ['172.20.0.1'],
  selector: {},
  ports: [],
});
const KUBERNETES = service('default', 'kubernetes');
const manyServices = (count: number) => Array.from({ length: count }, (_, i) => service('shop', `web-${i}`));

export const cfg005: Case = {
  fires: [
    {
      name: 'no cool-down',
      of: withEnv({ IP_COOLDOWN_PERIOD: '0' }),
      want: [
        {
          id: 'CFG005:IP_COOLDOWN_PERIOD',
          severity: 'warning',
          evidence: { seconds: 0, enough: 30, nodes: 2 },
          commands: [/ IP_COOLDOWN_PERIOD=30$/],
        },
      ],
    },
    {
      name: 'branch ENIs in a cluster of many Services',
      of: plain().snapshot({
        cni: cni({ env: { ENABLE_POD_ENI: 'true' }, configMap: { 'branch-eni-cooldown': '30' } }),
        services: [KUBERNETES, ...manyServices(1001)],
      }),
      want: [
        { id: 'CFG005:branch-eni-cooldown', severity: 'warning', evidence: { seconds: 30, nodes: 2, services: 1001 } },
      ],
    },
    {
      name: 'branch ENIs in a large cluster',
      of: many(201).snapshot({
        cni: cni({ env: { ENABLE_POD_ENI: 'true' }, configMap: { 'branch-eni-cooldown': '30' } }),
      }),
      want: [
        {
          id: 'CFG005:branch-eni-cooldown',
          severity: 'warning',
          evidence: { seconds: 30, enough: 60 },
          commands: [
            /^kubectl -n kube-system patch configmap amazon-vpc-cni --type merge -p '\{"data":\{"branch-eni-cooldown":"60"\}\}'$/,
          ],
        },
      ],
    },
  ],
  quiet: [
    { name: 'the default', of: plain().snapshot() },
    { name: 'as long as the default', of: withEnv({ IP_COOLDOWN_PERIOD: '30' }) },
    {
      name: 'no Service but that of the API server',
      of: plain().snapshot({ env: { IP_COOLDOWN_PERIOD: '0' }, services: [KUBERNETES] }),
    },
    {
      name: 'branch ENIs in a small cluster',
      of: plain().snapshot({
        cni: cni({ env: { ENABLE_POD_ENI: 'true' }, configMap: { 'branch-eni-cooldown': '30' } }),
      }),
    },
  ],
};

export const cfg006: Case = {
  fires: [
    {
      name: 'nothing cleans up, and one ENI has leaked',
      of: withEnv({ DISABLE_LEAKED_ENI_CLEANUP: 'true' }, plain().leak('eni-left', 'subnet-0a', 10, 90)),
      want: [
        {
          id: 'CFG006/no-cleanup:DISABLE_LEAKED_ENI_CLEANUP',
          severity: 'warning',
          evidence: { leaked: 1 },
          commands: [/ DISABLE_LEAKED_ENI_CLEANUP=false$/],
        },
      ],
    },
    {
      name: 'aws-node does not know its cluster, and what it left has no tag',
      of: plain()
        .foreign('eni-left', 'subnet-0a', 10, {
          origin: { kind: 'cni-secondary', id: 'i-gone' },
          tags: { 'node.k8s.amazonaws.com/instance_id': 'i-gone', 'node.k8s.amazonaws.com/createdAt': ago(7200) },
        })
        .snapshot(),
      want: [
        {
          id: 'CFG006/untagged:CLUSTER_NAME',
          severity: 'info',
          evidence: { leaked: 1 },
          says: /1 such ENI has leaked now$/,
          commands: [/ CLUSTER_NAME=prod$/],
        },
      ],
    },
    {
      name: 'nothing is asked of EC2 and a node is full',
      of: withEnv(
        { DISABLE_NETWORK_RESOURCE_PROVISIONING: 'true' },
        plain().node('n3', { home: 'subnet-0a', primary: 3, running: 3 }),
      ),
      want: [
        {
          id: 'CFG006/no-provisioning:DISABLE_NETWORK_RESOURCE_PROVISIONING',
          severity: 'error',
          evidence: { deadEnds: ['n3'], nodes: 3 },
        },
      ],
    },
    {
      name: 'metadata only, with addresses left everywhere',
      of: withEnv({ ENABLE_IMDS_ONLY_MODE: 'true' }),
      want: [
        {
          id: 'CFG006/no-provisioning:ENABLE_IMDS_ONLY_MODE',
          severity: 'warning',
          evidence: { deadEnds: [] },
          commands: [/ ENABLE_IMDS_ONLY_MODE=false$/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'as shipped', of: plain().snapshot() },
    { name: 'switched on in words', of: withEnv({ DISABLE_LEAKED_ENI_CLEANUP: 'false' }) },
  ],
};
