// Measures the ipamd model beside work of a known size. Budgets: 10,000 nodes in 50 ms, 1,000,000 pod events in 2 s.
import { build } from 'esbuild';
import { best, report } from './measure.mjs';

const bundle = await build({
  stdin: {
    contents:
      "export * from './src/calc/ipamd/index.ts'; export { playFresh } from './src/calc/ipamd/history.ts'; export { loadCatalog } from './src/calc/catalog/index.ts';",
    resolveDir: new URL('..', import.meta.url).pathname,
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const { ipsHeldByNode, loadCatalog, nodeLimits, parseSettings, playFresh, simulate } = await import(
  `data:text/javascript;base64,${code}`
);

const NODES = 10_000;
const EVENTS = 1_000_000;
const catalog = await loadCatalog();
const limits = catalog.names.map((name) => nodeLimits(catalog.get(name)));
const settings = [
  {},
  { WARM_ENI_TARGET: '0' },
  { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '12' },
  { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENABLE_POD_ENI: 'true' },
  { ENABLE_PREFIX_DELEGATION: 'true' },
  { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' },
  { ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '5', MINIMUM_IP_TARGET: '30' },
].map((env) => parseSettings(env, { defaults: 'manifest' }));

predictNodes();
report(
  `${NODES.toLocaleString('en')} nodes of ${limits.length} types predicted, seven groups of settings`,
  best(5, predictNodes),
  {
    beside: `stepping the same number of nodes pass by pass`,
    besideMs: best(1, () => stepNodes(NODES / 50)) * 50,
    budgetMs: 50,
  },
);
report(`${EVENTS.toLocaleString('en')} pod events simulated`, best(3, simulateEvents), {
  beside: 'drawing as many random numbers and counting them in a map',
  besideMs: best(3, countNumbers),
  budgetMs: 2000,
});

function questionOf(node) {
  return { pods: (node * 7) % 110, maxPods: 110, branchPods: node % 5 };
}

function predictNodes() {
  let addresses = 0;
  for (let node = 0; node < NODES; node++)
    addresses += ipsHeldByNode(
      settings[node % settings.length],
      limits[node % limits.length],
      questionOf(node),
    ).subnetIPs;
  if (!(addresses > 0)) throw new Error('nothing was predicted');
}

function stepNodes(count) {
  for (let node = 0; node < count; node++) {
    const { pods, maxPods, branchPods } = questionOf(node);
    const simulation = simulate({
      settings: settings[node % settings.length],
      limits: limits[node % limits.length],
      maxPods,
    });
    if (simulation.boot()) playFresh(pods, branchPods, 'oneByOne')(simulation);
  }
}

/** Pods come and go on one node of each setting, ten events to a pass. */
function simulateEvents() {
  for (let each = 0; each < settings.length; each++) {
    const simulation = simulate({
      settings: settings[each],
      limits: nodeLimits(catalog.get('m5.4xlarge')),
      maxPods: 110,
      seed: each,
    });
    simulation.boot();
    for (let round = 0; round < EVENTS / settings.length / 20; round++) {
      simulation.addPods(10);
      simulation.pass();
      simulation.removePods(round < 8 ? 2 : 10);
      simulation.pass();
    }
  }
}

function countNumbers() {
  const counts = new Map();
  for (let event = 0; event < EVENTS; event++) {
    const number = Math.floor(Math.random() * 1000);
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
}
