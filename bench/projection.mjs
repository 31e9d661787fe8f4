// Measures projections: 5,000 nodes over 12 subnets, six scenarios under each of the ten pattern and mode pairs.
// Budget: 1 s after the facts are there, beside sorting the same ENIs by subnet and address, as text, ten times.
import { best, bundled, report } from './measure.mjs';

const lib = await bundled(`
      export { isWorld, worldOf } from './src/inspect/projection/world.ts';
      export { runScenario } from './src/inspect/projection/run-scenario.ts';
      export { parseScenario } from './src/inspect/projection/scenarios/index.ts';
      export { capacityNodes } from './src/inspect/projection/nodes.ts';
      export { subnetBlocks } from './src/inspect/facts/subnet-blocks.ts';
      export { eniOwners } from './src/inspect/facts/eni-owners.ts';
      export { addressUse } from './src/inspect/facts/address-use.ts';
      export { launchGroups } from './src/inspect/facts/launch-groups.ts';
      export { subnetRoles } from './src/inspect/facts/subnet-roles.ts';
      export { Run } from './src/inspect/facts/define-fact.ts';
      export { loadCatalog } from './src/calc/catalog/index.ts';
      export { PAIRS } from './src/calc/patterns.ts';
      export { parseSnapshot } from './src/inspect/snapshot.ts';
      export { PodTableBuilder } from './src/inspect/snapshot/pod-table-builder.ts';`);

const NODES = 5000;
const SUBNETS = 12;
const PODS = 12;
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
const WORDS = (process.env.WORDS ?? 'today,nodes=+100,apply,upgrade,az-loss,ceiling').split(',');
const BUDGET_MS = 1000;

const snapshot = lib.parseSnapshot(large());
const catalog = await lib.loadCatalog();
const scenarios = WORDS.map((word) => lib.parseScenario(word));
const podSubnets = ZONES.map((zone, i) => ({ subnetId: `pods-${zone}`, zone, cidr: `100.${64 + i}.0.0/16` }));

const milliseconds = bestAfterFacts();
const enis = snapshot.networkInterfaces.data;
const besideMs = best(3, () => {
  for (let i = 0; i < 10; i++) enis.map((e) => `${e.subnetId} ${e.primaryIp}`).sort();
});
report(
  `projection of ${NODES} nodes × ${SUBNETS} subnets × ${lib.PAIRS.length} pairs × ${WORDS.length} scenarios`,
  milliseconds,
  {
    beside: 'sorting their ENIs ten times as text',
    besideMs,
    budgetMs: BUDGET_MS,
  },
);

/** The facts are those of inspect; worlds and scenarios are what is measured. */
function bestAfterFacts() {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 3; time++) {
    const run = new lib.Run(snapshot, catalog);
    for (const fact of [lib.subnetBlocks, lib.eniOwners, lib.addressUse, lib.launchGroups, lib.subnetRoles])
      run.get(fact);
    lib.capacityNodes(run);
    least = Math.min(
      least,
      best(1, () => {
        let results = 0;
        for (const pair of lib.PAIRS) {
          const world = lib.worldOf(run, { pair, podSubnets });
          if (!lib.isWorld(world)) throw new Error('no world');
          for (const scenario of scenarios) if (lib.runScenario(world, scenario).subnets.length > 0) results++;
        }
        if (results !== lib.PAIRS.length * WORDS.length) throw new Error('not what was measured');
      }),
    );
  }
  return least;
}

function large() {
  const ok = (data) => ({ status: 'ok', data });
  const subnets = [];
  const nodes = [];
  const instances = [];
  const networkInterfaces = [];
  const pods = new lib.PodTableBuilder();
  const next = [];
  for (let s = 0; s < SUBNETS; s++) {
    next.push(4);
    subnets.push({
      subnetId: `subnet-${s}`,
      vpcId: 'vpc-1',
      availabilityZone: ZONES[s % 3],
      cidr: `10.${s}.0.0/16`,
      availableIps: 65_531 - Math.ceil(NODES / SUBNETS) * 30,
      state: 'available',
      mapPublicIp: false,
      assignIpv6: false,
      ipv6Native: false,
      dns64: false,
      ipv6Cidrs: [],
      tags: {},
    });
  }
  for (let n = 0; n < NODES; n++) {
    const s = n % SUBNETS;
    const instanceId = `i-${String(n).padStart(17, '0')}`;
    const address = () => `10.${s}.${Math.floor(next[s] / 256)}.${next[s]++ % 256}`;
    const zone = ZONES[s % 3];
    nodes.push({
      name: `node-${n}`,
      instanceId,
      createdAt: '2026-01-01T00:00:00Z',
      labels: { 'eks.amazonaws.com/nodegroup': `group-${n % 4}`, 'topology.kubernetes.io/zone': zone },
      annotations: {},
      taints: [],
      unschedulable: false,
      maxPods: 29,
      ready: 'True',
      internalIps: [],
      osImage: '',
      os: 'linux',
      arch: 'amd64',
      kernelVersion: '',
      kubeletVersion: 'v1.34.0',
    });
    instances.push({
      instanceId,
      instanceType: 'm5.large',
      state: 'running',
      subnetId: `subnet-${s}`,
      availabilityZone: zone,
      tags: {},
    });
    const held = [];
    for (let device = 0; device < 3; device++) {
      const primaryIp = address();
      const secondaryIps = Array.from({ length: 9 }, address);
      held.push(...secondaryIps);
      networkInterfaces.push({
        eniId: `eni-${n}-${device}`,
        type: 'interface',
        status: 'in-use',
        origin: device === 0 ? { kind: 'none' } : { kind: 'cni-secondary', id: instanceId },
        requesterManaged: false,
        subnetId: `subnet-${s}`,
        vpcId: 'vpc-1',
        availabilityZone: zone,
        securityGroupIds: [],
        primaryIp,
        secondaryIps,
        prefixes: [],
        ipv6Addresses: [],
        ipv6Prefixes: [],
        attachment: {
          instanceId,
          deviceIndex: device,
          networkCardIndex: 0,
          status: 'attached',
          deleteOnTermination: true,
        },
        tags: { 'node.k8s.amazonaws.com/instance_id': instanceId },
      });
    }
    for (let p = 0; p < PODS; p++)
      pods.add({
        namespace: 'shop',
        name: `pod-${n}-${p}`,
        node: `node-${n}`,
        ip: held[p],
        class: 'ordinary',
        phase: 'Running',
        owner: p < 2 ? `DaemonSet/agent-${p}` : 'Deployment/web',
        labels: {},
        createdAt: '2026-01-01T00:00:00Z',
        terminating: false,
        waiting: false,
      });
  }
  const groups = Array.from({ length: 4 }, (_, g) => ({
    name: `group-${g}`,
    status: 'ACTIVE',
    subnetIds: subnets.map((s) => s.subnetId),
    instanceTypes: ['m5.large'],
    minSize: 1,
    maxSize: 2000,
    desiredSize: NODES / 4,
    labels: {},
    autoScalingGroups: [],
    health: [],
  }));
  const env = { ENABLE_IPv4: 'true', WARM_ENI_TARGET: '1', WARM_PREFIX_TARGET: '1' };
  const container = { name: 'aws-node', image: 'amazon-k8s-cni:v1.23.1', env, unresolved: [], args: [] };
  return {
    kind: 'ClusterSnapshot',
    schemaVersion: 1,
    tool: { name: 'bench', version: '0' },
    collectedAt: '2026-11-01T12:00:00.000Z',
    sources: [],
    subnets: ok(subnets),
    networkInterfaces: ok(networkInterfaces),
    cidrReservations: ok({ subnetIds: subnets.map((s) => s.subnetId), reservations: [] }),
    instances: ok(instances),
    nodes: ok(nodes),
    nodegroups: ok(groups),
    pods: ok(pods.build()),
    eniConfigs: ok([]),
    cni: ok({
      installed: true,
      installMethod: 'manifest',
      evidence: [],
      version: 'v1.23.1',
      containers: [container],
      initContainers: [],
      pods: [],
      otherCnis: [],
    }),
  };
}
