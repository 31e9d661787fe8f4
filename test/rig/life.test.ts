import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateVersionCommand, DeleteNetworkInterfaceCommand } from '@aws-sdk/client-ec2';
import { DescribeAddonCommand, UpdateAddonCommand, UpdateClusterConfigCommand } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPodEni } from './build/aws-nodes.ts';
import { type LiveNode, listNodes } from './life/world.ts';
import { allPods, waits } from './measure/pods.ts';
import { measureSubnets } from './measure/subnets.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';
import { tryRun } from './servers/process.ts';

const run = promisify(execFile);
const kubectl = tryRun('kubectl', ['version', '--client']) === undefined ? ['kubectl is not installed'] : [];
const missing = [...Object.values(missingServers(console.error)).filter(Boolean), ...kubectl].join('; ');

/** Each test goes on from the one before, as an operator goes from finding to finding. */
describe.skipIf(missing)(`the life of shop-prod${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ say: console.error });
  });
  afterAll(() => rig?.stop());

  const waiting = async (): Promise<number> => (await allPods(rig.kube)).filter(waits).length;
  const nodes = (): Promise<LiveNode[]> => listNodes({ ...rig });
  const notReady = async (): Promise<number> =>
    (await nodes()).filter((n) => n.status.conditions.some((c) => c.type === 'Ready' && c.status !== 'True')).length;
  const addon = async () =>
    (await rig.aws.eks.send(new DescribeAddonCommand({ clusterName: 'shop-prod', addonName: 'vpc-cni' }))).addon;
  const sh = (script: string) =>
    run('bash', ['-euo', 'pipefail', '-c', script], { env: { ...process.env, ...rig.env } });

  async function setCni(env: Record<string, string>): Promise<void> {
    const configurationValues = JSON.stringify({ env: { ...rig.scenario.cni.env, ...env } });
    await rig.aws.eks.send(
      new UpdateAddonCommand({
        clusterName: 'shop-prod',
        addonName: 'vpc-cni',
        configurationValues,
        resolveConflicts: 'PRESERVE',
      }),
    );
    await rig.settle();
  }

  it('stands still: the scenario is what ipamd would leave', async () => {
    await rig.settle();
    expect(await measureSubnets(rig.aws, rig.ids)).toMatchObject(rig.scenario.expected.subnets);
    expect(await waiting()).toBe(20);
    expect(await notReady()).toBe(3);
    expect(await addon()).toMatchObject({ status: 'DEGRADED' });
  });

  it('brings zone c up once its ENIConfig exists', async () => {
    const config = {
      apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
      kind: 'ENIConfig',
      metadata: { name: 'eu-west-1c' },
      spec: { subnet: rig.ids.subnets['pods-c'], securityGroups: [rig.ids.clusterSecurityGroup] },
    };
    await sh(`kubectl apply -f - <<'Y'\n${JSON.stringify(config)}\nY`);
    await rig.settle();
    expect(await notReady()).toBe(0);
    expect(await waiting()).toBe(8);
    expect(await addon()).toMatchObject({ status: 'ACTIVE', health: { issues: [] } });
    // four DaemonSet pods a node: one prefix for them, one warm
    expect((await measureSubnets(rig.aws, rig.ids))['pods-c']).toMatchObject({
      owners: { cni: { enis: 3, addresses: 3, prefixes: 6 } },
    });
  });

  it('moves the interfaces of the control plane into the subnets it is given', async () => {
    const subnetIds = ['cp2-a', 'cp2-b', 'cp2-c'].map((key) => rig.ids.subnets[key] ?? '');
    await rig.aws.eks.send(new UpdateClusterConfigCommand({ name: 'shop-prod', resourcesVpcConfig: { subnetIds } }));
    await rig.settle();
    const measured = await measureSubnets(rig.aws, rig.ids);
    expect(measured['cp2-a']).toMatchObject({ free: 26, owners: { 'eks-control-plane': { enis: 1 } } });
    expect(measured['cp-a']).toMatchObject({ free: 4 });
    expect(measured['cp-a']?.owners['eks-control-plane']).toBeUndefined();
  });

  it('serves zone a from the blocks that leaked ENIs held', async () => {
    for (const NetworkInterfaceId of rig.ids.leakedEnis)
      await rig.aws.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
    expect((await measureSubnets(rig.aws, rig.ids))['pods-a']?.freeBlocks).toBe(9);
    await rig.settle();
    expect(await waiting()).toBe(2);
  });

  it('ends deleted pods, and lets controllers make them anew elsewhere', async () => {
    const [one, two] = [rig.ids.nodes['batch-1']?.name, rig.ids.nodes['batch-2']?.name];
    const pods = ['batch-1', 'batch-2']
      .flatMap((key) => rig.ids.waitingPods[key] ?? [])
      .map((name) => name.split('/')[1]);
    await sh(`kubectl cordon ${one} ${two} && kubectl -n batch delete pod --timeout=20s ${pods.join(' ')}`);
    await rig.settle();
    expect(await waiting()).toBe(0);
    expect(await allPods(rig.kube)).toHaveLength(647);
  });

  it('rolls aws-node when the add-on changes, as EKS does', async () => {
    await setCni({ WARM_PREFIX_TARGET: '2' });
    const { stdout } = await sh(
      "kubectl -n kube-system get ds aws-node -o jsonpath='{.status.observedGeneration} {.status.numberReady} {.spec.template.spec.containers[0].env}'",
    );
    expect(stdout).toMatch(/^3 24 /);
    expect(stdout).toContain('{"name":"WARM_PREFIX_TARGET","value":"2"}');
    expect(stdout).toContain('{"name":"CLUSTER_NAME","value":"shop-prod"}');
  });

  it('holds what the warm targets say, and gives back what is above them', async () => {
    const zoneC = async () => (await measureSubnets(rig.aws, rig.ids))['pods-c']?.owners.cni;
    // three nodes with four pods each: one prefix for them and two warm
    expect(await zoneC()).toEqual({ enis: 3, addresses: 3, prefixes: 9 });
    await setCni({ WARM_PREFIX_TARGET: '2', MINIMUM_IP_TARGET: '17', WARM_IP_TARGET: '2' });
    expect(await zoneC()).toEqual({ enis: 3, addresses: 3, prefixes: 6 });
    await setCni({ WARM_PREFIX_TARGET: '1', MINIMUM_IP_TARGET: '4', WARM_IP_TARGET: '12' });
    expect(await zoneC()).toEqual({ enis: 3, addresses: 3, prefixes: 3 });
    await setCni({ WARM_PREFIX_TARGET: '1', MINIMUM_IP_TARGET: '0', WARM_IP_TARGET: '0' });
    expect(await zoneC()).toEqual({ enis: 3, addresses: 3, prefixes: 6 });
    expect(await waiting()).toBe(0);
  });

  it('takes away an ENI that nothing needs', async () => {
    const { instanceId = '', dataEnis = [] } = rig.ids.nodes['karpenter-c1'] ?? {};
    const before = await measureSubnets(rig.aws, rig.ids);
    const spare = await createPodEni(rig.aws, {
      cluster: 'shop-prod',
      instanceId,
      subnetId: rig.ids.subnets['pods-c'] ?? '',
      groups: [rig.ids.clusterSecurityGroup],
      createdAt: new Date(),
      deviceIndex: 2,
      prefixes: 2,
    });
    dataEnis.push(spare);
    await rig.settle();
    expect(dataEnis).not.toContain(spare);
    expect(await measureSubnets(rig.aws, rig.ids)).toEqual(before);
  });

  it('replaces a node through its Auto Scaling group, with the maxPods of the launch template', async () => {
    const UserData = Buffer.from('kind: NodeConfig\nspec: { kubelet: { config: {\n maxPods: 50\n} } }\n').toString(
      'base64',
    );
    const LaunchTemplateId = rig.ids.launchTemplates.batch;
    await rig.aws.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId,
        SourceVersion: '1',
        LaunchTemplateData: { UserData },
      }),
    );
    await rig.aws.autoScaling.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: rig.ids.autoScalingGroups.batch,
        LaunchTemplate: { LaunchTemplateId, Version: '2' },
      }),
    );
    const { name = '', instanceId } = rig.ids.nodes['batch-1'] ?? {};
    await sh(`kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data --timeout=60s`);
    await rig.aws.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: instanceId, ShouldDecrementDesiredCapacity: false }),
    );
    await rig.settle();
    const batch = (await nodes()).filter((n) => n.metadata.labels?.pool === 'batch');
    expect(batch.map((n) => n.status.allocatable.pods).sort()).toEqual(['50', '98', '98', '98']);
    expect(batch.map((n) => n.metadata.name)).not.toContain(name);
    expect(await notReady()).toBe(0);
  });
});
