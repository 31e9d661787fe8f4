// Measures one story of a cluster of 5,000 nodes and 150,000 pods, from the parsed snapshot on. Budget: 300 ms each, the first time too.
import { best, bundled, report } from './measure.mjs';

const { buildWhy, DEFAULT_POLICY, findSubject, loadCatalog, make, Run } = await bundled(`
      export { loadCatalog } from './src/calc/catalog/index.ts';
      export { Run } from './src/inspect/facts/define-fact.ts';
      export { DEFAULT_POLICY } from './src/inspect/policy.ts';
      export { buildWhy } from './src/inspect/report/why/build.ts';
      export { findSubject } from './src/inspect/report/why/subject.ts';
      export * as make from './test/support/snapshot-builder.ts';`);

const NODES = 5000;
const SUBNETS = 12;
const BUDGET_MS = 300;
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];

const catalog = await loadCatalog();
const snapshot = cluster();
const walkMs = best(3, walkPods);
const stories = {
  'a stuck pod': 'shop/wait-7',
  'a running pod': 'ns3/web-203-5',
  'a workload of 3,750 pods': 'deploy/ns3/web3',
  'an address': '10.0.0.9',
  'a node with a stuck pod': 'node/ip-7.eu-west-1.compute.internal',
  'an ENI': 'eni-33-1',
};
for (const [what, name] of Object.entries(stories)) {
  tell(name);
  report(
    `why, ${what} among ${snapshot.pods.data.count.toLocaleString('en')}`,
    best(5, () => tell(name)),
    {
      beside: 'a walk over all pods',
      besideMs: walkMs,
      budgetMs: BUDGET_MS,
    },
  );
}

function tell(name) {
  const run = new Run(snapshot, catalog);
  const { subject } = findSubject(run, name);
  if (!buildWhy(run, DEFAULT_POLICY, { name: 'vpccni', version: '0' }, subject).summary)
    throw new Error('nothing told');
}

function walkPods() {
  let letters = 0;
  for (const name of snapshot.pods.data.name) letters += name.length;
  if (letters === 0) throw new Error('no pods');
}

function cluster() {
  const address = (n) => [24, 16, 8, 0].map((s) => Math.floor(n / 2 ** s) % 256).join('.');
  const firstOf = (subnet) => 10 * 2 ** 24 + subnet * 2 ** 15;
  const next = Array.from({ length: SUBNETS }, (_, i) => firstOf(i) + 4);
  const parts = { nodes: [], instances: [], networkInterfaces: [], pods: [], cniPods: [], events: [] };
  for (let i = 0; i < NODES; i++) {
    const at = i % SUBNETS;
    const zone = ZONES[at % 3];
    const name = `ip-${i}.eu-west-1.compute.internal`;
    const instanceId = `i-${i}`;
    const where = { subnetId: `subnet-${at}`, availabilityZone: zone };
    // kubelet takes more pods than the node has addresses
    parts.nodes.push(make.node({ name, zone, instanceId, maxPods: 110 }));
    parts.instances.push(make.instance({ instanceId, ...where }));
    parts.cniPods.push({ name: `aws-node-${i}`, node: name, ready: true, phase: 'Running', restarts: 0 });
    for (let device = 0; device < 3; device++) {
      const primaryIp = address(next[at]++);
      const secondaryIps = Array.from({ length: 9 }, () => address(next[at]++));
      const made = { eniId: `eni-${i}-${device}`, attachedTo: instanceId, device, ...where, primaryIp, secondaryIps };
      parts.networkInterfaces.push(device === 0 ? make.eni(made) : make.cniEni(made));
      for (const [k, ip] of secondaryIps.entries())
        parts.pods.push(
          make.pod({
            name: `web-${i}-${device * 9 + k}`,
            namespace: `ns${i % 50}`,
            node: name,
            ip,
            owner: `Deployment/web${i % 40}`,
          }),
        );
    }
    for (const daemon of ['aws-node', 'kube-proxy'])
      parts.pods.push(
        make.pod({
          name: `${daemon}-${i}`,
          namespace: 'kube-system',
          node: name,
          class: 'host-network',
          owner: `DaemonSet/${daemon}`,
        }),
      );
    // One more pod than the node has addresses, on every tenth node: what an incident of this size looks like.
    if (i % 10 === 7) {
      parts.pods.push(
        make.pod({
          name: `wait-${i}`,
          namespace: 'shop',
          node: name,
          phase: 'Pending',
          waiting: true,
          createdAt: make.ago(600),
        }),
      );
      parts.events.push(
        make.event({
          kind: 'assign-ip-failed',
          object: { kind: 'Pod', namespace: 'shop', name: `wait-${i}` },
          count: 20,
        }),
      );
    }
  }
  const { cniPods, ...sections } = parts;
  return make.wholeSnapshot({
    ...sections,
    subnets: next.map((used, i) =>
      make.subnet({
        subnetId: `subnet-${i}`,
        cidr: `${address(firstOf(i))}/17`,
        availabilityZone: ZONES[i % 3],
        availableIps: 2 ** 15 - (used - firstOf(i)) - 1,
      }),
    ),
    cni: make.cni({ pods: cniPods, desired: NODES }),
  });
}
