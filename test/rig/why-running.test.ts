/**
 * `why` of running pods over the four patterns and the three modes, on real servers: the ENI, the subnet and the groups it tells
 * are those EC2 says, and the reason is the one that gave them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  ModifyNetworkInterfaceAttributeCommand,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mode, Pattern } from '../../src/calc/patterns.ts';
import type { Why } from '../../src/inspect/contract/why.ts';
import { viewerRights } from './build/kube-base.ts';
import { wipe } from './build/wipe.ts';
import type { KubeObject } from './clients/kube.ts';
import { fillRig, type Rig, type RigServers, startServers } from './rig.ts';
import { branchPod, policyFor } from './scenarios/field/branch-pods.ts';
import { CUSTOM_ENV, POD_RANGES, POD_SUBNETS } from './scenarios/field/custom-networks.ts';
import { node, small } from './scenarios/small.ts';
import { missingServers } from './servers/missing.ts';
import { vpccni } from './support/vpccni.ts';

const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');

const PAIRS: readonly (readonly [Pattern, Mode])[] = [
  ['default', 'secondary'],
  ['default', 'prefix'],
  ['default', 'ipv6'],
  ['sgp', 'secondary'],
  ['sgp', 'prefix'],
  ['sgp', 'ipv6'],
  ['custom', 'secondary'],
  ['custom', 'prefix'],
  ['custom+sgp', 'secondary'],
  ['custom+sgp', 'prefix'],
];

type PodObject = KubeObject & {
  metadata: { annotations?: Record<string, string> };
  spec: { hostNetwork?: boolean };
  status: { podIP?: string; phase?: string };
};

function scenarioOf(pattern: Pattern, mode: Mode) {
  const [custom, branch] = [pattern.startsWith('custom'), pattern.endsWith('sgp')];
  return small({
    name: `${pattern.replace('+', '-')}-${mode}`,
    story: 'A quiet cluster.',
    ...(custom ? { ...POD_RANGES, subnets: POD_SUBNETS } : {}),
    cni: {
      env: {
        ...(custom ? CUSTOM_ENV : {}),
        ...(branch ? { ENABLE_POD_ENI: 'true' } : {}),
        ...(mode === 'prefix' ? { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } : {}),
      },
    },
    ...(mode === 'ipv6' ? { cluster: { ipFamily: 'ipv6' as const } } : {}),
    nodes: { a: node('a', 4, { maxPods: mode === 'secondary' ? 11 : 110 }) },
    ...(branch
      ? {
          objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
          pods: [branchPod('ledger-1', { node: 'a' })],
        }
      : {}),
    told: [],
  });
}

describe.skipIf(missing)(`why of running pods${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let servers: RigServers;
  let dir: string;
  let filled = 0;
  beforeAll(async () => {
    servers = await startServers(console.error);
    dir = mkdtempSync(join(tmpdir(), 'why-'));
  });
  afterAll(async () => {
    await servers?.stop();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  describe.each(PAIRS)('%s, %s', (pattern, mode) => {
    const custom = pattern.startsWith('custom');
    let rig: Rig;
    let file: string;
    let pods: PodObject[];
    let enis: NetworkInterface[];

    beforeAll(async () => {
      await wipe(servers.kube);
      const scenario = scenarioOf(pattern, mode);
      rig = await fillRig(servers, scenario, filled++ === 0 ? viewerRights() : []);
      pods = (await rig.kube.call<{ items: PodObject[] }>('GET', '/api/v1/pods')).items.filter(
        (p) => p.status.phase === 'Running' && p.spec.hostNetwork !== true,
      );
      // groups that nothing else has, so that what is told of a pod cannot be those of its node
      if (custom) await otherGroup('pods', rig.ids.nodes.a!.dataEnis, Object.keys(scenario.eniConfigs).map(eniConfig));
      const branch = pods.flatMap((p) => branchOf(p) ?? []);
      if (branch.length > 0)
        await otherGroup('ledger', branch, [
          {
            path: '/apis/vpcresources.k8s.aws/v1beta1/namespaces/shop/securitygrouppolicies/ledger',
            spec: (group) => ({ securityGroups: { groupIds: [group] } }),
          },
        ]);
      // earlier clusters are still there, in VPCs of the same ranges
      const here = { Filters: [{ Name: 'vpc-id', Values: [rig.ids.vpc] }] };
      enis = (await rig.aws.ec2.send(new DescribeNetworkInterfacesCommand(here))).NetworkInterfaces ?? [];
      file = join(dir, `${scenario.name}.json`);
      const args = ['snapshot', scenario.name, '--context', rig.viewerContext, '-q', '-o', `json=${file}`];
      expect(await vpccni(rig, args)).toMatchObject({ code: 0, stderr: '' });
    });

    interface Names {
      readonly path: string;
      readonly spec: (group: string) => Record<string, unknown>;
    }

    const eniConfig = (name: string): Names => ({
      path: `/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs/${name}`,
      spec: (group) => ({ securityGroups: [group] }),
    });

    /** A new group on ENIs, and in the objects that are to have asked for it. */
    async function otherGroup(name: string, on: readonly string[], named: readonly Names[]): Promise<void> {
      const { ec2 } = rig.aws;
      const { GroupId = '' } = await ec2.send(
        new CreateSecurityGroupCommand({
          GroupName: `${rig.scenario.cluster.name}-${name}`,
          Description: name,
          VpcId: rig.ids.vpc,
        }),
      );
      for (const NetworkInterfaceId of on)
        await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [GroupId] }));
      for (const { path, spec } of named)
        await rig.kube.call('PATCH', path, { spec: spec(GroupId) }, 'application/merge-patch+json');
    }

    async function why(subject: string): Promise<Why> {
      const { code, stdout, stderr } = await vpccni(rig, ['why', subject, '--from', file, '-o', 'json']);
      if (code !== 0) throw new Error(`why ${subject} exits ${code}: ${stderr}`);
      return JSON.parse(stdout) as Why;
    }

    async function compare(pod: PodObject): Promise<Why> {
      const eni = enis.find((e) => holds(e, pod.status.podIP ?? ''));
      expect(eni, pod.status.podIP).toBeDefined();
      const story = await why(`pod/${pod.metadata.namespace}/${pod.metadata.name}`);
      const evidence = (step: string) => story.chain.find((l) => l.step === step)?.evidence;
      expect({
        state: story.state,
        eni: evidence('address')?.eniId,
        subnet: evidence('subnet')?.subnetId,
        zone: evidence('subnet')?.zone,
        groups: evidence('groups')?.securityGroupIds,
        configured: evidence('groups')?.configured,
        unknown: story.chain.filter((l) => l.status === 'unknown').map((l) => l.statement),
      }).toEqual({
        state: 'running',
        eni: eni?.NetworkInterfaceId,
        subnet: eni?.SubnetId,
        zone: eni?.AvailabilityZone,
        groups: eni?.Groups?.map((g) => g.GroupId),
        // what is configured gave them, where anything but the primary ENI did
        configured: eni?.Attachment?.DeviceIndex === 0 ? null : eni?.Groups?.map((g) => g.GroupId),
        unknown: [],
      });
      return story;
    }

    it('tells of a pod of the node what EC2 tells', async () => {
      const pod = pods.find((p) => branchOf(p) === undefined)!;
      const story = await compare(pod);
      const groups = story.chain.find((l) => l.step === 'groups');
      expect(groups?.statement).toMatch(custom ? /by ENIConfig eu-west-1a$/ : /primary ENI/);
      expect(groups?.evidence.securityGroupIds).not.toEqual(custom ? [rig.ids.clusterSecurityGroup] : []);
      const told = await why(pod.status.podIP!);
      expect([told.state, told.summary]).toEqual(['held', expect.stringContaining(pod.metadata.name)]);
    });

    it.runIf(pattern.endsWith('sgp'))('tells of a pod with a branch ENI what EC2 tells', async () => {
      const pod = pods.find((p) => branchOf(p) !== undefined)!;
      const story = await compare(pod);
      const groups = story.chain.find((l) => l.step === 'groups');
      expect(groups?.statement).toMatch(/by SecurityGroupPolicy shop\/ledger$/);
      expect(groups?.evidence).toMatchObject({ eniId: branchOf(pod) });
      expect(groups?.evidence.securityGroupIds).not.toContain(rig.ids.clusterSecurityGroup);
    });
  });
});

function branchOf({ metadata: { annotations = {} } }: PodObject): string | undefined {
  const text = annotations['vpc.amazonaws.com/pod-eni'];
  return text === undefined ? undefined : (JSON.parse(text) as { eniId: string }[])[0]?.eniId;
}

/** By EC2's answer alone. */
function holds(eni: NetworkInterface, ip: string): boolean {
  const list = new BlockList();
  for (const { PrivateIpAddress } of eni.PrivateIpAddresses ?? []) list.addAddress(PrivateIpAddress ?? '');
  for (const { Ipv6Address } of eni.Ipv6Addresses ?? []) list.addAddress(Ipv6Address ?? '', 'ipv6');
  for (const { Ipv4Prefix = '' } of eni.Ipv4Prefixes ?? []) list.addSubnet(Ipv4Prefix.split('/')[0]!, 28);
  for (const { Ipv6Prefix = '' } of eni.Ipv6Prefixes ?? []) list.addSubnet(Ipv6Prefix.split('/')[0]!, 80, 'ipv6');
  return list.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4');
}
