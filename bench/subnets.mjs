// Measures `subnets` on one /16 with 30,000 addresses in use, scattered: owners, map and drains, to the last line of the screen.
// Budget: 1 s after collection, beside listing the same addresses as sorted text.
import { best, bundled, report } from './measure.mjs';

const lib = await bundled(`
      export { buildSubnets } from './src/inspect/report/subnets/build.ts';
      export { DEFAULT_POLICY } from './src/inspect/policy.ts';
      export { Run } from './src/inspect/facts/define-fact.ts';
      export { loadCatalog } from './src/calc/catalog/index.ts';
      export { parseSnapshot } from './src/inspect/snapshot.ts';
      export { PodTableBuilder } from './src/inspect/snapshot/pod-table-builder.ts';
      export { renderText } from './src/render/text/text.ts';
      export { createTheme } from './src/render/theme.ts';
      export { subnetsView } from './src/render/view/subnets.ts';`);

const NODES = 1000;
const ENIS = 3;
const PER_ENI = 10;
const PODS = 20_000;
const BUDGET_MS = 1000;

const snapshot = lib.parseSnapshot(crowded());
const catalog = await lib.loadCatalog();
const all = { subnetIds: [], wholeVpc: true };
let text = '';

const milliseconds = best(3, () => {
  const made = lib.buildSubnets(new lib.Run(snapshot, catalog), all, lib.DEFAULT_POLICY, {
    name: 'bench',
    version: '0',
  });
  const [item] = made.items;
  if (item.addresses.seen !== NODES * ENIS * PER_ENI || item.drains.length === 0)
    throw new Error('not what was measured');
  const theme = lib.createTheme({ color: false, ascii: false, width: 100 });
  text = lib.renderText(lib.subnetsView(made, { wide: false }), { theme, wide: false, headers: true });
});
const besideMs = best(3, () => {
  const enis = snapshot.networkInterfaces.data;
  return enis
    .flatMap((e) => [e.primaryIp, ...e.secondaryIps])
    .sort()
    .join('\n').length;
});
report(
  `subnets of a /16 with ${(NODES * ENIS * PER_ENI).toLocaleString('en')} addresses in use, ${NODES} nodes, ${PODS.toLocaleString('en')} pods`,
  milliseconds,
  {
    beside: 'sorting its addresses as text',
    besideMs,
    budgetMs: BUDGET_MS,
  },
);
if (process.argv.includes('--print')) console.log(text);

/** Nodes whose addresses lie anywhere in the subnet, as EC2 places them. The same every time. */
function crowded() {
  const free = shuffled(Array.from({ length: 65_536 - 5 }, (_, i) => i + 4));
  const address = (offset) => `10.0.${offset >> 8}.${offset & 255}`;
  const networkInterfaces = [];
  const nodes = [];
  const instances = [];
  const pods = new lib.PodTableBuilder();
  let given = 0;
  for (let n = 0; n < NODES; n++) {
    const instanceId = `i-${n.toString(16).padStart(17, '0')}`;
    nodes.push(node(`node-${n}`, instanceId));
    instances.push({
      instanceId,
      instanceType: 'm5.large',
      state: 'running',
      subnetId: 'subnet-1',
      vpcId: 'vpc-1',
      availabilityZone: 'eu-west-1a',
      tags: {},
    });
    for (let device = 0; device < ENIS; device++) {
      const [primaryIp, ...secondaryIps] = Array.from({ length: PER_ENI }, () => address(free.pop()));
      networkInterfaces.push(eni(`eni-${n}-${device}`, instanceId, device, primaryIp, secondaryIps));
      for (const ip of secondaryIps)
        if (given < PODS)
          pods.add({
            namespace: 'default',
            name: `pod-${given++}`,
            node: `node-${n}`,
            ip,
            class: 'ordinary',
            phase: 'Running',
            labels: {},
            createdAt: '2026-01-01T00:00:00Z',
            terminating: false,
            waiting: false,
          });
    }
  }
  const ok = (data) => ({ status: 'ok', data });
  const subnet = {
    subnetId: 'subnet-1',
    vpcId: 'vpc-1',
    availabilityZone: 'eu-west-1a',
    cidr: '10.0.0.0/16',
    availableIps: 65_531 - NODES * ENIS * PER_ENI,
    state: 'available',
    mapPublicIp: false,
    assignIpv6: false,
    ipv6Native: false,
    dns64: false,
    ipv6Cidrs: [],
    tags: {},
  };
  return {
    kind: 'ClusterSnapshot',
    schemaVersion: 1,
    tool: { name: 'bench', version: '0' },
    collectedAt: '2026-01-02T00:00:00Z',
    sources: [],
    subnets: ok([subnet]),
    cidrReservations: ok({ subnetIds: ['subnet-1'], reservations: [] }),
    networkInterfaces: ok(networkInterfaces),
    instances: ok(instances),
    nodes: ok(nodes),
    pods: ok(pods.build()),
  };
}

function node(name, instanceId) {
  return {
    name,
    instanceId,
    createdAt: '2026-01-01T00:00:00Z',
    labels: { 'node.kubernetes.io/instance-type': 'm5.large' },
    annotations: {},
    taints: [],
    unschedulable: false,
    maxPods: 29,
    ready: 'True',
    internalIps: [],
    osImage: 'AL2023',
    os: 'linux',
    arch: 'amd64',
    kernelVersion: '6.1',
    kubeletVersion: 'v1.34.1',
  };
}

function eni(eniId, instanceId, deviceIndex, primaryIp, secondaryIps) {
  return {
    eniId,
    type: 'interface',
    status: 'in-use',
    origin: deviceIndex === 0 ? { kind: 'none' } : { kind: 'cni-secondary', id: instanceId },
    requesterManaged: false,
    subnetId: 'subnet-1',
    vpcId: 'vpc-1',
    availabilityZone: 'eu-west-1a',
    securityGroupIds: [],
    primaryIp,
    secondaryIps,
    prefixes: [],
    ipv6Addresses: [],
    ipv6Prefixes: [],
    attachment: { instanceId, deviceIndex, networkCardIndex: 0, status: 'attached', deleteOnTermination: true },
    tags: { 'node.k8s.amazonaws.com/instance_id': instanceId },
  };
}

/** Fisher and Yates, by a generator of its own: benchmarks must not differ from run to run. */
function shuffled(list) {
  let state = 13;
  const next = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let i = list.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}
