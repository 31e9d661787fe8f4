// Both APIs of a made cluster, in a process of their own: pages are made and packed before the first request, and come after a
// delay. Prints one line of JSON when ready. Arguments: nodes, milliseconds a page, `prefix`. Ends with its standard input.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { gzipSync } from 'node:zlib';
import { makeCluster } from './cluster.mjs';

const [nodes, delay, mode] = process.argv.slice(2);
const cluster = makeCluster({ nodes: Number(nodes), prefix: mode === 'prefix' });
const PAGE = 500;
const tls = (name) => readFileSync(new URL(`../../test/inspect/collect/kubernetes/tls/${name}`, import.meta.url));
const counts = { kubernetes: 0, aws: 0, connections: 0, actions: {} };

const KINDS = {
  replicasets: 'ReplicaSet',
  statefulsets: 'StatefulSet',
  horizontalpodautoscalers: 'HorizontalPodAutoscaler',
  poddisruptionbudgets: 'PodDisruptionBudget',
  networkpolicies: 'NetworkPolicy',
  services: 'Service',
  persistentvolumes: 'PersistentVolume',
  mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
  validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
  customresourcedefinitions: 'CustomResourceDefinition',
};
const lists = new Map(
  Object.entries(cluster.kubernetes).map(([path, [[kind, apiVersion], items]]) => [
    path,
    pages(kind, apiVersion, items()),
  ]),
);
const ec2 = new Map(
  Object.entries(cluster.ec2).map(([action, [member, items]]) => [action, xmlPages(action, member, items())]),
);

function* chunked(items, size) {
  let part = [];
  for (const item of items)
    if (part.push(item) === size) {
      yield part;
      part = [];
    }
  yield part;
}

function pages(kind, apiVersion, items) {
  const parts = [...chunked(items, PAGE)].filter((p, i) => p.length > 0 || i === 0);
  return parts.map((part, i) => {
    const more = i + 1 < parts.length ? { continue: `token${i + 1}`, remainingItemCount: PAGE } : {};
    return gzipSync(JSON.stringify({ kind, apiVersion, metadata: { resourceVersion: '1', ...more }, items: part }), {
      level: 1,
    });
  });
}

function xmlPages(action, member, items) {
  const parts = [...chunked(items, 1000)].filter((p, i) => p.length > 0 || i === 0);
  return parts.map((part, i) =>
    Buffer.from(
      `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${xml({ [member]: part, ...(i + 1 < parts.length ? { nextToken: `token${i + 1}` } : {}) })}</${action}Response>`,
    ),
  );
}

function xml(value) {
  if (Array.isArray(value)) return value.map((v) => `<item>${xml(v)}</item>`).join('');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([k, v]) => `<${k}>${xml(v)}</${k}>`)
      .join('');
  return String(value);
}

const answer = (response, status, type, body, headers = {}) =>
  setTimeout(() => {
    response.writeHead(status, { 'content-type': type, 'content-length': body.length, ...headers });
    response.end(body);
  }, Number(delay));

function kubernetesAnswer(request, response) {
  counts.kubernetes++;
  const url = new URL(request.url, 'https://x');
  const json = (status, value) => answer(response, status, 'application/json', Buffer.from(JSON.stringify(value)));
  if (url.pathname === '/apis') return json(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: [] });
  // what kubectl asks before anything else
  if (url.pathname === '/api') return json(200, { kind: 'APIVersions', versions: ['v1'] });
  if (url.pathname === '/api/v1')
    return json(200, {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [{ name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] }],
    });
  const [, group, version, resource, name] =
    /^\/(?:api|apis\/([^/]+))\/([^/]+)\/([^/]+)(?:\/(.+))?$/.exec(url.pathname) ?? [];
  if (name !== undefined || resource === undefined)
    return json(404, {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'NotFound',
      code: 404,
      message: 'not found',
    });
  const selector = url.searchParams.get('fieldSelector');
  const stored = selector && !selector.endsWith('FailedCreatePodSandBox') ? undefined : lists.get(url.pathname);
  if (stored) {
    const body = stored[Number((url.searchParams.get('continue') ?? 'token0').slice(5))];
    return answer(response, 200, 'application/json', body, { 'content-encoding': 'gzip' });
  }
  const kind = resource === 'events' ? 'Event' : KINDS[resource];
  json(200, {
    kind: `${kind}List`,
    apiVersion: group ? `${group}/${version}` : version,
    metadata: { resourceVersion: '1' },
    items: [],
  });
}

function awsAnswer(request, response, body) {
  counts.aws++;
  const form = new URLSearchParams(body);
  const action = form.get('Action');
  const path = request.url.split('?')[0];
  const name = action ?? request.headers['x-amz-target'] ?? `${request.method} ${path}`;
  counts.actions[name] = (counts.actions[name] ?? 0) + 1;
  if (request.headers['x-amz-target'])
    return answer(
      response,
      200,
      'application/x-amz-json-1.1',
      Buffer.from(JSON.stringify({ Quota: { QuotaCode: JSON.parse(body).QuotaCode, QuotaName: 'q', Value: 5000 } })),
    );
  if (action === null) {
    const reply = cluster.eks[path];
    const same = reply?.cluster
      ? { cluster: { ...reply.cluster, endpoint: `https://127.0.0.1:${kubernetes.address().port}` } }
      : reply;
    if (!same)
      return answer(response, 404, 'application/json', Buffer.from('{"message":"not found"}'), {
        'x-amzn-errortype': 'ResourceNotFoundException',
      });
    return answer(response, 200, 'application/json', Buffer.from(JSON.stringify(same)));
  }
  const stored = ec2.get(action)?.[Number((form.get('NextToken') ?? 'token0').slice(5))];
  const other = {
    GetCallerIdentity:
      '<GetCallerIdentityResult><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/a</Arn><UserId>A</UserId></GetCallerIdentityResult>',
    DescribeAutoScalingGroups:
      '<DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult>',
  };
  const space =
    action === 'GetCallerIdentity'
      ? 'https://sts.amazonaws.com/doc/2011-06-15/'
      : 'http://ec2.amazonaws.com/doc/2016-11-15/';
  answer(
    response,
    200,
    'text/xml',
    stored ??
      Buffer.from(
        `<${action}Response xmlns="${space}">${other[action] ?? ''}<requestId>r</requestId></${action}Response>`,
      ),
    { 'x-amzn-requestid': 'r' },
  );
}

const kubernetes = createTlsServer({ key: tls('server.key'), cert: tls('server.pem') }, kubernetesAnswer);
kubernetes.on('secureConnection', () => counts.connections++);
const aws = createServer((request, response) => {
  // how a benchmark asks what was asked
  if (request.url === '/counts') {
    response.end(JSON.stringify(counts));
    Object.assign(counts, { kubernetes: 0, aws: 0, connections: 0, actions: {} });
    return;
  }
  let body = '';
  request.on('data', (d) => {
    body += d;
  });
  request.on('end', () => awsAnswer(request, response, body));
});
// a program that is busy for seconds finds its connection as it left it
for (const server of [kubernetes, aws]) server.keepAliveTimeout = 120_000;
await new Promise((r) => kubernetes.listen(0, '127.0.0.1', r));
await new Promise((r) => aws.listen(0, '127.0.0.1', r));
console.log(
  JSON.stringify({
    kubernetes: `https://127.0.0.1:${kubernetes.address().port}`,
    aws: `http://127.0.0.1:${aws.address().port}`,
  }),
);
process.stdin.resume().on('end', () => process.exit());
