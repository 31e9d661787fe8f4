// Measures the ipamd model: `node bench/ipamd.mjs`. Budgets: 10,000 nodes in 50 ms, 1,000,000 pod events in 2 s.
import { build } from 'esbuild';

const bundle = await build({
  stdin: {
    contents: "export * from './src/calc/ipamd/index.ts'; export { loadCatalog } from './src/calc/catalog/index.ts';",
    resolveDir: new URL('..', import.meta.url).pathname,
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const { ipsHeldByNode, loadCatalog, nodeLimits, parseSettings, simulate } = await import(
  `data:text/javascript;base64,${code}`
);

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
const predicting = best(5, predictNodes);
const events = best(3, simulateEvents);
report('10,000 nodes predicted', predicting, 50);
report('1,000,000 pod events simulated', events, 2000);

function predictNodes() {
  let addresses = 0;
  for (let node = 0; node < 10_000; node++) {
    const state = { pods: (node * 7) % 110, maxPods: 110, branchPods: node % 5 };
    addresses += ipsHeldByNode(settings[node % settings.length], limits[node % limits.length], state).subnetIPs;
  }
  if (!(addresses > 0)) throw new Error('nothing was predicted');
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
    for (let round = 0; round < 1_000_000 / settings.length / 20; round++) {
      simulation.addPods(10);
      simulation.pass();
      simulation.removePods(round < 8 ? 2 : 10);
      simulation.pass();
    }
  }
}

function best(times, run) {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

function report(what, milliseconds, budget) {
  console.log(`${what}: ${milliseconds.toFixed(1)} ms (budget ${budget} ms)`);
  if (milliseconds > budget) process.exitCode = 1;
}
