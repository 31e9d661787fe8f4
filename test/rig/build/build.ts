import type { Aws } from '../clients/aws.ts';
import type { Kube, KubeObject } from '../clients/kube.ts';
import { planAddresses } from '../scenarios/plan.ts';
import type { Scenario } from '../scenarios/types.ts';
import type { ApiServer } from '../servers/kube-apiserver.ts';
import type { Moto } from '../servers/moto.ts';
import { ageCluster, buildCluster, buildGroups } from './aws-cluster.ts';
import { buildEndpoints, buildNetwork, buildServiceInterfaces } from './aws-network.ts';
import { buildLeaks, buildNodes } from './aws-nodes.ts';
import { emptyIds, type RigIds } from './ids.ts';
import { buildCustomKinds } from './kube-base.ts';
import { buildCni } from './kube-cni.ts';
import { buildKubeNodes } from './kube-nodes.ts';
import { buildPods, readyByOwner } from './kube-pods.ts';
import { buildWorkloads } from './kube-workloads.ts';
import { KubeWriter } from './kube-writer.ts';

export interface Servers {
  aws: Aws;
  kube: Kube;
  moto: Moto;
  apiServer: ApiServer;
}

/** Fills both servers through their public calls; what only AWS or kubelet can do goes through the rig's admin path. */
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
  const plan = planAddresses(scenario);
  await fetch(`${moto.url}/moto-api/seed?a=41`, { method: 'POST' }); // the same ids in every build
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
  await buildNodes(scenario, plan, aws, moto, ids, now);
  await buildGroups(scenario, aws, ids);
  await buildLeaks(scenario, plan, aws, ids, now);
  await ageCluster(scenario, moto, now);
  done('AWS side filled');

  const writer = new KubeWriter(kube);
  await buildCustomKinds(writer);
  await writer.writeAll(rights.map((object) => ({ object })));
  const ready = readyByOwner(scenario, plan);
  const cni = await buildCni(scenario, writer, ids, apiServer.endpoint, now);
  await buildKubeNodes(scenario, plan, writer, ids, now);
  const owners = await buildWorkloads(scenario, ready, writer, now);
  await buildPods({ scenario, plan, ids, owners, cni, endpoint: apiServer.endpoint, now }, writer);
  await settleCniStatus(servers, ready['kube-system/aws-node'] ?? 0, plan.nodes.length, cni.generation);
  await writer.settleAges();
  done('Kubernetes side filled');
  return ids;
}

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
