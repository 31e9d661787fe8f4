import type { Aws } from '../clients/aws.ts';
import type { Kube, KubeObject } from '../clients/kube.ts';
import { openPlan, planAddresses } from '../scenarios/plan.ts';
import type { Scenario } from '../scenarios/types.ts';
import type { ApiServer } from '../servers/kube-apiserver.ts';
import type { Moto } from '../servers/moto.ts';
import { ageCluster, buildCluster, buildGroups } from './aws-cluster.ts';
import { buildCountedNodes } from './aws-counted.ts';
import { buildEndpoints, buildNetwork, buildServiceInterfaces } from './aws-network.ts';
import { buildLeaks, buildNodes } from './aws-nodes.ts';
import { buildForeignNodes } from './foreign-nodes.ts';
import { emptyIds, minutesAgo, type RigIds } from './ids.ts';
import { buildCustomKinds } from './kube-base.ts';
import { buildCni } from './kube-cni.ts';
import { buildExtraPods } from './kube-extra-pods.ts';
import { buildKubeNodes } from './kube-nodes.ts';
import { buildPods, readyByOwner } from './kube-pods.ts';
import { buildWorkloads } from './kube-workloads.ts';
import { isCustom, KubeWriter } from './kube-writer.ts';

export interface Servers {
  aws: Aws;
  kube: Kube;
  moto: Moto;
  apiServer: ApiServer;
}

/**
 * Fills both servers through their public calls; what only AWS or kubelet can do goes through the rig's admin path.
 * `rights` are those of the viewer; none where an earlier scenario left them, and the custom kinds, on these servers.
 */
export async function buildScenario(
  scenario: Scenario,
  servers: Servers,
  rights: KubeObject[],
  now: Date,
  say: (line: string) => void,
): Promise<RigIds> {
  const { aws, moto, apiServer, kube } = servers;
  const started = Date.now();
  const done = (what: string): void => say(`${what} after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  const ids = emptyIds();
  const plan = scenario.counted ? openPlan(scenario) : planAddresses(scenario);
  const seed = scenario.counted ? seedOf(scenario.name) : 41;
  await fetch(`${moto.url}/moto-api/seed?a=${seed}`, { method: 'POST' }); // the same ids in every build
  await moto.post('eks/control-plane', {
    endpoint: apiServer.endpoint,
    certificateAuthority: Buffer.from(apiServer.ca).toString('base64'),
    token: apiServer.adminToken,
    cluster: scenario.cluster.name,
  });
  await buildNetwork(scenario, aws, ids);
  await buildCluster(scenario, aws, moto, ids);
  await buildEndpoints(scenario, aws, ids);
  await buildServiceInterfaces(scenario, plan, moto, ids, now);
  if (scenario.counted) {
    await buildCountedNodes(scenario, plan, aws, moto, ids, now);
    await buildServiceInterfaces(scenario, plan, moto, ids, now, 'placed');
  }
  if (!scenario.counted) await buildNodes(scenario, plan, aws, moto, ids, now);
  await buildGroups(scenario, aws, ids);
  await buildLeaks(scenario, plan, aws, ids, now);
  await ageCluster(scenario, moto, now);
  done('AWS side filled');

  const writer = new KubeWriter(kube);
  if (rights.length > 0) {
    await buildCustomKinds(writer);
    await writer.writeAll(rights.map((object) => ({ object })));
  }
  const ready = readyByOwner(scenario, plan);
  const cni = await buildCni(scenario, writer, ids, apiServer.endpoint, now);
  await buildKubeNodes(scenario, plan, writer, ids, now);
  const owners = await buildWorkloads(scenario, ready, writer, now);
  await buildPods({ scenario, plan, ids, owners, cni, endpoint: apiServer.endpoint, now }, writer);
  await buildForeignNodes(scenario, aws, moto, writer, ids, now);
  const created = minutesAgo(now, 60 * 24);
  for (const whole of scenario.objects?.(ids) ?? []) {
    const { status, ...object } = whole;
    const parts = isCustom(whole) ? { object: whole } : { object: object as KubeObject, status };
    await writer.write({ ...parts, created, fieldManager: 'kubectl' });
  }
  await buildExtraPods({ scenario, plan, aws, moto, ids, now }, writer);
  const wanted = plan.nodes.filter((n) => !n.spec.withoutCni).length;
  if (scenario.cni.install !== 'none')
    await settleCniStatus(servers, ready['kube-system/aws-node'] ?? 0, wanted, cni.generation);
  for (const [key, { owner }] of Object.entries(scenario.subnets))
    if (owner) await moto.post('share', { subnetId: ids.subnets[key], ownerId: owner, hidden: [] });
  await writer.settleAges();
  done('Kubernetes side filled');
  return ids;
}

/** A number from a name, the same in every build: ids of scenarios that share an emulator must differ. */
const seedOf = (name: string): number => [...name].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 1_000_003, 17);

/** Status of the aws-node DaemonSet, as its controller would write it. */
async function settleCniStatus({ kube }: Servers, ready: number, nodes: number, generation: number): Promise<void> {
  const status = {
    observedGeneration: generation,
    currentNumberScheduled: nodes,
    desiredNumberScheduled: nodes,
    updatedNumberScheduled: nodes,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: nodes - ready,
  };
  await kube.call(
    'PATCH',
    '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node/status',
    { status },
    'application/merge-patch+json',
  );
}
