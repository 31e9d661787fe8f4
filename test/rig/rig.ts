import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { buildScenario, type Servers } from './build/build.ts';
import type { RigIds } from './build/ids.ts';
import { viewerRights, viewerSwitch } from './build/kube-base.ts';
import { type Aws, awsClients, awsEnv } from './clients/aws.ts';
import { type Kube, type KubeObject, kubeClient } from './clients/kube.ts';
import { rigKubeconfig } from './kubeconfig.ts';
import { endDeletedPods } from './life/kubelet.ts';
import { settle } from './life/settle.ts';
import { shopProd } from './scenarios/shop-prod.ts';
import type { Scenario } from './scenarios/types.ts';
import { type ApiServer, ensureApiServer, startApiServer } from './servers/kube-apiserver.ts';
import { ensureMoto, type Moto, startMoto } from './servers/moto.ts';

/** One rule of the fault hook; the first that matches a call answers it. */
export interface Fault {
  /** `ec2`, `eks`, `autoscaling`, `sts`, `iam`, or `*`. */
  service: string;
  /** API action (`DescribeSubnets`), or `*`. */
  action: string;
  /** 403 in the service's own form; rate exceeded; silence for `seconds`, then a true answer; a proxy's HTML page. */
  kind: 'deny' | 'throttle' | 'hang' | 'html';
  /** How many calls it answers; unset: all. */
  times?: number;
  seconds?: number;
}

export interface Rig {
  /** URL of the EC2, EKS, Auto Scaling, STS and IAM endpoint. */
  awsEndpoint: string;
  /** Environment of a child process (vpccni, aws, kubectl) that talks to this rig and to nothing else. */
  env: Record<string, string>;
  /**
   * Contexts `admin` (current), `viewer` (the rights vpccni asks for), `nobody`, `eks` (a token from
   * `aws eks get-token`), and the cluster's ARN (as viewer).
   */
  kubeconfig: string;
  viewerContext: string;
  faults: { set(rules: Fault[]): Promise<void>; clear(): Promise<void> };
  /** Takes a resource (`pods`) out of the viewer's cluster-wide rights, as an RBAC rule that forgot it; `restore` ends that. */
  rights: { remove(resource: string): Promise<void>; restore(): Promise<void> };
  scenario: Scenario;
  ids: RigIds;
  aws: Aws;
  /** Kubernetes with all rights. */
  kube: Kube;
  moto: Moto;
  apiServer: ApiServer;
  /** The moment ages of the scenario count from. */
  builtAt: Date;
  /** Lets controllers, kubelet and aws-node act on what was changed: life/settle.ts. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

export interface RigOptions {
  scenario?: Scenario;
  /** YAML documents that give the viewer's group `vpccni-inspect` its rights, instead of the rig's own. */
  rbac?: string;
  say?: (line: string) => void;
}

/** Both servers, empty, with what every scenario on them shares. */
export interface RigServers extends Servers {
  dir: string;
  stop(): Promise<void>;
}

/**
 * Starts both servers.
 * @throws Unavailable (servers/process.ts) when Go or Python is missing.
 */
export async function startServers(say: (line: string) => void = () => {}): Promise<RigServers> {
  const python = ensureMoto(say);
  const binary = ensureApiServer(say);
  const dir = mkdtempSync(join(tmpdir(), 'vpccni-rig-'));
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(stops.splice(0).map((end) => end()));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const moto = await startMoto(python, dir);
    stops.push(moto.stop);
    const webhook = join(dir, 'token-webhook.yaml');
    writeFileSync(webhook, tokenWebhook(moto.url));
    const apiServer = await startApiServer(binary, dir, [
      `--authentication-token-webhook-config-file=${webhook}`,
      '--authentication-token-webhook-version=v1',
      '--authentication-token-webhook-cache-ttl=1s',
      '--event-ttl=87600h',
    ]);
    stops.push(apiServer.stop);
    const aws = awsClients(moto.url);
    const kube = kubeClient(apiServer, apiServer.adminToken);
    const kubelet = endDeletedPods(kube);
    stops.push(async () => {
      kubelet.stop();
      aws.close();
      kube.close();
    });
    return { moto, apiServer, aws, kube, dir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Fills servers from a scenario. `stop` of the result ends the servers. */
export async function fillRig(
  servers: RigServers,
  scenario: Scenario,
  rights: KubeObject[],
  say: (line: string) => void = () => {},
): Promise<Rig> {
  const { aws, kube, moto, apiServer, dir, stop } = servers;
  const builtAt = new Date();
  // groups come and go while it lives
  const living = { ...scenario, groups: { ...scenario.groups } };
  const ids = await buildScenario(scenario, servers, rights, builtAt, say);
  const kubeconfig = join(dir, 'kubeconfig.yaml');
  writeFileSync(
    kubeconfig,
    rigKubeconfig(readFileSync(apiServer.kubeconfig, 'utf8'), ids.clusterArn, scenario.cluster.name),
    { mode: 0o600 },
  );
  return {
    awsEndpoint: moto.url,
    env: { ...awsEnv(moto.url), KUBECONFIG: kubeconfig },
    kubeconfig,
    viewerContext: 'viewer',
    faults: {
      set: async (rules) => void (await moto.post('faults', rules)),
      clear: async () => void (await moto.post('faults', [])),
    },
    rights: viewerSwitch(kube),
    scenario,
    ids,
    aws,
    kube,
    moto,
    apiServer,
    builtAt,
    settle: () => settle({ aws, kube, moto, apiServer, scenario: living, ids }),
    stop,
  };
}

/**
 * Starts both servers and fills them from the scenario: half a minute when the servers are built.
 * @throws Unavailable (servers/process.ts) when Go or Python is missing.
 */
export async function startRig({ scenario = shopProd, rbac, say = () => {} }: RigOptions = {}): Promise<Rig> {
  const servers = await startServers(say);
  try {
    const rights = rbac === undefined ? viewerRights() : parseAllDocuments(rbac).map((doc) => doc.toJS() as KubeObject);
    return await fillRig(servers, scenario, rights, say);
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

/** The API server asks the emulator whether an EKS token is good, as EKS asks its authenticator. */
const tokenWebhook = (url: string): string =>
  [
    'apiVersion: v1',
    'kind: Config',
    'current-context: rig',
    'clusters:',
    `- { name: rig, cluster: { server: "${url}/rig/token-review" } }`,
    'users: [{ name: rig }]',
    'contexts:',
    '- { name: rig, context: { cluster: rig, user: rig } }',
    '',
  ].join('\n');
