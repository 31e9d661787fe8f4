// The least a program can do with the same pages: ask for each list once, one page after another, the lists side by side,
// unpack and parse them, and keep nothing. Arguments: the two addresses.
import { request } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';

const [kubernetes, aws] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 2, rejectUnauthorized: false });
let seen = 0;

await Promise.all([
  ...['/api/v1/pods', '/api/v1/nodes', '/apis/apps/v1/deployments', '/apis/apps/v1/daemonsets'].map(listed),
  ...['DescribeNetworkInterfaces', 'DescribeInstances', 'DescribeSubnets'].map(described),
]);
if (seen === 0) throw new Error('nothing was read');
agent.destroy();

async function listed(path) {
  let token = '';
  do {
    const url = `${kubernetes}${path}?limit=500${token && `&continue=${token}`}`;
    const page = JSON.parse(await body(tlsRequest(url, { agent, headers: { 'accept-encoding': 'gzip' } })));
    seen += page.items.length;
    token = page.metadata.continue ?? '';
  } while (token);
}

async function described(Action) {
  let token = '';
  do {
    const asked = request(aws, { method: 'POST' });
    const text = await body(asked, new URLSearchParams({ Action, ...(token ? { NextToken: token } : {}) }).toString());
    const [reply] = Object.values(treeOf(text));
    seen += Object.keys(reply).length;
    token = reply.nextToken ?? '';
  } while (token);
}

function body(asked, sent) {
  return new Promise((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const all = Buffer.concat(chunks);
      resolve((response.headers['content-encoding'] === 'gzip' ? gunzipSync(all) : all).toString());
    });
    asked.end(sent);
  });
}

/** XML as objects: what is repeated becomes an array. Enough for pages without attributes that matter. */
function treeOf(text) {
  const root = {};
  const open = [root];
  const tag = /<(\/?)([A-Za-z0-9]+)[^>]*?(\/?)>([^<]*)/g;
  for (let m = tag.exec(text); m; m = tag.exec(text)) {
    const [, closes, name, empty, rest] = m;
    if (closes) {
      open.pop();
      continue;
    }
    const leaf = text.startsWith(`</${name}`, tag.lastIndex);
    const value = empty || leaf ? rest : {};
    const parent = open.at(-1);
    if (parent[name] === undefined) parent[name] = value;
    else if (Array.isArray(parent[name])) parent[name].push(value);
    else parent[name] = [parent[name], value];
    if (!empty) open.push(value);
  }
  return root;
}
