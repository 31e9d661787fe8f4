// Measures `inspect` on a large cluster, live and from its snapshot, beside the least a program can do with the same pages and,
// where they are installed, beside kubectl and aws. Needs a build. Writes bench/results.md. Arguments: nodes (default 5000),
// milliseconds a page (30), runs (3).
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, homedir, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

const [nodes = '5000', delay = '30', runs = '3'] = process.argv.slice(2);
const here = (file) => new URL(file, import.meta.url).pathname;
const ENTRY = here('../bin/vpccni.js');
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const file = (name) => join(folder, name);
const rows = [];
const KUBECTL_NODES = 600;

for (const mode of ['secondary', 'prefix']) await measure(mode);
await kubectl();
writeFileSync(here('results.md'), page());
console.log(page());
rmSync(folder, { recursive: true });
if (rows.some((r) => r.over)) process.exitCode = 1;

/** Both APIs of a cluster, and what programs need to reach them. */
async function serve(mode, size) {
  const args = ['--max-old-space-size=8192', here('large/server.mjs'), String(size), delay, mode];
  const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const urls = JSON.parse(await new Promise((resolve) => server.stdout.once('data', (d) => resolve(String(d)))));
  writeFileSync(file('kubeconfig'), kubeconfig(urls.kubernetes));
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    KUBECONFIG: file('kubeconfig'),
    AWS_ENDPOINT_URL: urls.aws,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_REGION: 'eu-west-1',
  };
  return { env, urls, close: () => server.stdin.end() };
}

async function measure(mode) {
  const { env, urls, close } = await serve(mode, nodes);
  const counts = async () => (await fetch(`${urls.aws}/counts`)).json();
  const snapshot = file(`${mode}.json.gz`);
  const plain = file(`${mode}.json`);
  await run([ENTRY, 'snapshot', 'large', '-o', `json=${snapshot}`], env);
  await run([ENTRY, 'snapshot', 'large', '-o', `json=${plain}`], env);
  await counts();
  let asked;
  const live = [];
  const floor = [];
  const from = [];
  const parse = [];
  // in turn, so that a busy machine slows all of them
  for (let i = 0; i < Number(runs); i++) {
    floor.push(await run([here('large/floor.mjs'), urls.kubernetes, urls.aws], env));
    await counts();
    live.push(await run([ENTRY, 'inspect', 'large', '-o', `json=${file('report.json')}`], env, [0, 1]));
    asked = await counts();
    parse.push(await run(['-e', `JSON.parse(require('fs').readFileSync(${JSON.stringify(plain)}, 'utf8'))`], env));
    from.push(await run([ENTRY, 'inspect', '--from', snapshot, '-o', `json=${file('report.json')}`], env, [0, 1]));
  }
  const add = (what, of, goal, format, value, beside) => {
    const over = goal.most < value / (goal.ratio ? beside : 1);
    rows.push({
      mode,
      what,
      value: format(value),
      beside: beside === undefined ? '' : `${format(beside)} (${of})`,
      ratio: beside === undefined ? '' : (value / beside).toFixed(2),
      goal: `≤ ${goal.most}${goal.ratio ? ' ×' : ''}`,
      over,
    });
  };
  const s = (v) => `${v.toFixed(1)} s`;
  const mb = (v) => `${Math.round(v)} MB`;
  const n = (v) => String(v);
  add('`inspect` live, CPU', 'floor', { most: 1.25, ratio: true }, s, median(live, 'cpu'), median(floor, 'cpu'));
  add('`inspect` live, wall', 'floor', { most: 1, ratio: true }, s, median(live, 'wall'), median(floor, 'wall'));
  add(
    '`inspect` live, peak memory',
    'floor',
    { most: 1.15, ratio: true },
    mb,
    median(live, 'memory'),
    median(floor, 'memory'),
  );
  add(
    '`inspect --from`, CPU',
    'JSON.parse of the file',
    { most: 4, ratio: true },
    s,
    median(from, 'cpu'),
    median(parse, 'cpu'),
  );
  add(
    '`inspect --from`, peak memory',
    'JSON.parse of the file',
    { most: 250 },
    (v) => mb(v),
    median(from, 'memory'),
    median(parse, 'memory'),
  );
  add('AWS calls', '', { most: 80 }, n, asked.aws);
  add('TLS connections to Kubernetes', '', { most: 2 }, n, asked.connections);
  if (process.argv.includes('--actions')) console.error(asked.actions);
  if (mode === 'secondary') await peers(mode, 'aws', ['ec2', 'describe-network-interfaces'], '--no-kube', env);
  close();
}

/** kubectl keeps all pods in memory, several times over: on a cluster of a size that it still answers for. */
async function kubectl() {
  const { env, close } = await serve('secondary', Math.min(Number(nodes), KUBECTL_NODES));
  const mode = `${Math.min(Number(nodes), KUBECTL_NODES)} nodes`;
  await peers(mode, 'kubectl', ['get', 'pods', '-A', '-o', 'json'], '--no-aws', env);
  close();
}

/** Seconds and megabytes of one program. */
async function run(args, env, good = [0]) {
  const usage = file('usage.json');
  const child = spawn(process.execPath, ['--require', here('large/usage.cjs'), ...args], {
    env: { ...env, VPCCNI_BENCH_USAGE: usage },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (d) => {
    said += d;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (!good.includes(status)) throw new Error(`${args.join(' ')}: ${status}\n${said.slice(-2000)}`);
  return JSON.parse(readFileSync(usage, 'utf8'));
}

function median(runs, key) {
  return runs.map((r) => r[key]).sort((a, b) => a - b)[Math.floor(runs.length / 2)];
}

function kubeconfig(server) {
  const ca = readFileSync(here('../test/inspect/collect/kubernetes/tls/ca.pem')).toString('base64');
  return `apiVersion: v1\nkind: Config\ncurrent-context: large\ncontexts: [{name: large, context: {cluster: large, user: me}}]\nclusters: [{name: large, cluster: {server: "${server}", certificate-authority-data: ${ca}}}]\nusers: [{name: me, user: {token: none}}]\n`;
}

/** Peers that are installed, on the same servers: the same questions asked their way, beside our whole side of the same API. */
async function peers(mode, program, args, ours, env) {
  if (spawnSync(program, ['--version'], { env: peerEnv(env) }).error) return;
  const theirs = await timed(program, args, peerEnv(env));
  if (theirs === undefined) return;
  const snapshot = await run([ENTRY, 'snapshot', 'large', ours, '-o', `json=${file('side.json')}`], env);
  const words = ({ cpu, wall, memory }) =>
    `${cpu.toFixed(1)} s CPU, ${wall.toFixed(1)} s${memory === undefined ? '' : `, ${Math.round(memory)} MB`}`;
  rows.push({
    mode,
    what: `\`vpccni snapshot ${ours}\``,
    value: words(snapshot),
    beside: `${words(theirs)} (\`${[program, ...args].join(' ')}\`)`,
    ratio: (snapshot.cpu / theirs.cpu).toFixed(2),
    goal: '',
  });
}

/** What finds their programs and switches off their pagers, and nothing of ours. */
function peerEnv(env) {
  const { PYENV_ROOT = `${homedir()}/.pyenv` } = process.env;
  return { ...env, PYENV_ROOT, AWS_PAGER: '', AWS_DEFAULT_REGION: env.AWS_REGION };
}

/** Undefined where it fails. With GNU time also the memory it takes at most. */
async function timed(program, args, env) {
  const gnu = spawnSync('time', ['-f', '%U', 'true']).status === 0;
  const [command, ...more] = gnu
    ? ['time', '-f', '%U %S %e %M', program, ...args]
    : ['bash', '-c', 'TIMEFORMAT="%U %S %R"; time "$@"', 'bash', program, ...args];
  const child = spawn(command, more, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (d) => {
    said += d;
  });
  if ((await new Promise((resolve) => child.once('close', resolve))) !== 0) return undefined;
  const [user, system, wall, kilobytes] = said.trim().split('\n').at(-1).split(' ').map(Number);
  return { cpu: user + system, wall, ...(gnu ? { memory: kilobytes / 1024 } : {}) };
}

function page() {
  const head = ['Cluster', 'What', 'Measured', 'Beside', 'Ratio', 'Goal', ''];
  const lines = rows.map((r) => [r.mode, r.what, r.value, r.beside, r.ratio, r.goal, r.over ? 'over' : '']);
  return [
    '# A large cluster, measured',
    '',
    `${Number(nodes).toLocaleString('en')} nodes, ${(Number(nodes) * 29).toLocaleString('en')} pods, ${delay} ms a page; medians of ${runs} runs. Written by \`node bench/large.mjs ${nodes} ${delay} ${runs}\`.`,
    '',
    `Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node.js ${process.version}. Servers run in a process of their own with pages made and`,
    'packed before the first request. What is compared takes turns in the same run, so read the ratios. The floor asks for the',
    'same lists once, page after page, unpacks and parses them, and keeps nothing (`bench/large/floor.mjs`).',
    '',
    ...[head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n');
}
