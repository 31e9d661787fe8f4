// Measures odd shapes of clusters at a quarter of their size and in full, from the parsed snapshot to the last line of the
// screen and of JSON: the time of one unit must stay what it is. Ends with 1 where something grows faster than its number.
import { bundled } from './measure.mjs';

const lib = await bundled(`
      export { loadCatalog } from './src/calc/catalog/index.ts';
      export { Run } from './src/inspect/facts/define-fact.ts';
      export { DEFAULT_POLICY } from './src/inspect/policy.ts';
      export { buildInspection } from './src/inspect/report/inspection.ts';
      export { renderText } from './src/render/text/text.ts';
      export { createTheme } from './src/render/theme.ts';
      export { inspectView } from './src/render/view/inspect.ts';
      export * as make from './test/support/snapshot-builder.ts';`);
const { make } = lib;
const catalog = await lib.loadCatalog();

/** A unit may take this much longer at full size: caches grow colder, and sorting takes a logarithm more. */
const FLAT = 2;
const RUNS = 3;

/** What, in full, and the sections of a cluster with so many of it. */
const SHAPES = [
  ['interfaces in one subnet', 30_000, interfacesInOneSubnet],
  ['stuck pods with events', 5_000, stuckPods],
  ['nodes that each have findings', 4_000, nodesWithFindings],
  ['leaked interfaces', 20_000, leakedInterfaces],
  ['ENIConfigs', 200, eniConfigs],
  ['security groups', 2_000, securityGroups],
  ['pods of DaemonSets', 10_000, daemonSetPods],
  ['subnets', 2_000, subnets],
];

for (const [what, full, make] of SHAPES) {
  const few = await perUnit(make, full / 4);
  const many = await perUnit(make, full);
  const ratio = many / few;
  console.log(
    `${full.toLocaleString('en').padStart(7)} ${what}: ${(many * 1000).toFixed(1)} µs each, ${ratio.toFixed(2)} times what a quarter takes each${ratio > FLAT ? ': NOT FLAT' : ''}`,
  );
  if (ratio > FLAT) process.exitCode = 1;
}

/** Milliseconds of one unit, the best of several runs. */
async function perUnit(make, count) {
  const snapshot = make(count);
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await inspect(snapshot);
    least = Math.min(least, performance.now() - start);
  }
  return least / count;
}

async function inspect(snapshot) {
  const tool = { name: 'bench', version: '0' };
  const report = lib.buildInspection(new lib.Run(snapshot, catalog), lib.DEFAULT_POLICY, tool);
  const options = { wide: true, page: false, now: Date.parse(make.NOW), invocation: 'vpccni inspect' };
  const theme = lib.createTheme({ color: true, ascii: false, width: 100 });
  const text = await lib.renderText(lib.inspectView(report, options), { theme, wide: true, headers: true });
  if (text.length + JSON.stringify(report).length === 0) throw new Error('nothing told');
}

function address(n) {
  return [24, 16, 8, 0].map((s) => Math.floor((10 * 2 ** 24 + n) / 2 ** s) % 256).join('.');
}

function nodesOf(count, part = {}) {
  const names = Array.from({ length: count }, (_, i) => `n${i}`);
  return {
    nodes: names.map((name) => make.node({ name, ...part })),
    instances: names.map((name) => make.instance({ instanceId: `i-${name}` })),
    networkInterfaces: names.map((name, i) =>
      make.eni({ eniId: `eni-${i}`, attachedTo: `i-${name}`, primaryIp: address(16 + i) }),
    ),
    subnets: [make.subnet({ cidr: '10.0.0.0/16', availableIps: 65_531 - count })],
    cni: make.cni({ desired: count }),
  };
}

function interfacesInOneSubnet(count) {
  const { networkInterfaces, ...rest } = nodesOf(100);
  const others = Array.from({ length: count - 100 }, (_, i) =>
    make.eni({ eniId: `eni-other-${i}`, attachedTo: `i-other-${i}`, primaryIp: address(1000 + i) }),
  );
  return make.wholeSnapshot({ ...rest, networkInterfaces: [...networkInterfaces, ...others] });
}

function stuckPods(count) {
  const parts = nodesOf(Math.ceil(count / 10));
  const names = Array.from({ length: count }, (_, i) => `wait-${i}`);
  return make.wholeSnapshot({
    ...parts,
    pods: names.map((name, i) =>
      make.pod({ name, node: `n${Math.floor(i / 10)}`, phase: 'Pending', waiting: true, createdAt: make.ago(600) }),
    ),
    events: names.map((name) =>
      make.event({ kind: 'assign-ip-failed', object: { kind: 'Pod', namespace: 'default', name }, count: 20 }),
    ),
  });
}

/** Nodes that may run more pods than they have addresses, of which half are not ready. */
function nodesWithFindings(count) {
  const parts = nodesOf(count, { maxPods: 110 });
  return make.wholeSnapshot({
    ...parts,
    nodes: parts.nodes.map((n, i) => (i % 2 ? { ...n, ready: 'False' } : n)),
  });
}

function leakedInterfaces(count) {
  const { networkInterfaces, ...rest } = nodesOf(10);
  const leaked = Array.from({ length: count }, (_, i) =>
    make.eni({
      eniId: `eni-leaked-${i}`,
      primaryIp: address(1000 + i),
      origin: { kind: 'cni-secondary', id: `i-gone-${i}` },
      tags: {
        'node.k8s.amazonaws.com/instance_id': `i-gone-${i}`,
        'cluster.k8s.amazonaws.com/name': make.CLUSTER,
        'node.k8s.amazonaws.com/createdAt': make.ago(90_000),
      },
    }),
  );
  return make.wholeSnapshot({ ...rest, networkInterfaces: [...networkInterfaces, ...leaked] });
}

function eniConfigs(count) {
  const parts = nodesOf(count);
  const names = Array.from({ length: count }, (_, i) => `config-${i}`);
  return make.wholeSnapshot({
    ...parts,
    nodes: parts.nodes.map((n, i) => ({ ...n, labels: { ...n.labels, 'k8s.amazonaws.com/eniConfig': names[i] } })),
    cni: make.cni({ desired: count, env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' } }),
    subnets: [...parts.subnets, ...names.map((name, i) => podSubnet(name, i))],
    eniConfigs: names.map((name) => make.eniConfig({ name, subnetId: `subnet-${name}` })),
  });
}

function podSubnet(name, i) {
  return make.subnet({ subnetId: `subnet-${name}`, cidr: `100.64.${i}.0/24`, availableIps: 251 });
}

function securityGroups(count) {
  const parts = nodesOf(100);
  const ids = Array.from({ length: count }, (_, i) => `sg-${i}`);
  return make.wholeSnapshot({
    ...parts,
    securityGroups: ids.map((groupId) => ({ groupId, name: groupId, vpcId: make.VPC, tags: {} })),
    securityGroupPolicies: ids.map((id) => ({
      namespace: 'default',
      name: id,
      securityGroupIds: [id],
      podSelector: { matchLabels: { app: id }, matchExpressions: [] },
    })),
    pods: ids.map((id, i) => make.pod({ name: id, node: `n${i % 100}`, labels: { app: id }, ip: address(1000 + i) })),
  });
}

function daemonSetPods(count) {
  const nodes = count / 10;
  const daemons = Array.from({ length: 10 }, (_, d) => `daemon-${d}`);
  return make.wholeSnapshot({
    ...nodesOf(nodes),
    pods: daemons.flatMap((name, d) =>
      Array.from({ length: nodes }, (_, i) =>
        make.pod({
          name: `${name}-${i}`,
          node: `n${i}`,
          owner: `DaemonSet/${name}`,
          ip: address(10_000 + d * nodes + i),
        }),
      ),
    ),
  });
}

function subnets(count) {
  const parts = nodesOf(count);
  const ids = Array.from({ length: count }, (_, i) => `subnet-${i}`);
  const placed = (list) => list.map((item, i) => ({ ...item, subnetId: ids[i] }));
  return make.wholeSnapshot({
    ...parts,
    instances: placed(parts.instances),
    networkInterfaces: placed(parts.networkInterfaces).map((e, i) => ({ ...e, primaryIp: address(i * 16 + 5) })),
    subnets: ids.map((subnetId, i) => make.subnet({ subnetId, cidr: `${address(i * 16)}/28`, availableIps: 10 })),
  });
}
