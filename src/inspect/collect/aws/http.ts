/** The connection pool of all AWS clients: keep-alive, proxies and extra CAs from the environment. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { CollectFailure } from '../failure.ts';
import { proxyOf } from '../kubernetes/http/agent.ts';

export type Env = Readonly<Record<string, string | undefined>>;

const CONNECT_TIMEOUT_MS = 5_000;
/** A page of 1,000 ENIs takes a second or two; nothing healthy is silent for longer. */
const REQUEST_TIMEOUT_MS = 30_000;

/** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` as for Kubernetes; `AWS_CA_BUNDLE` as the AWS CLI reads it. */
export async function requestHandler(env: Env, sockets: number): Promise<NodeHttpHandler> {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  const options = { keepAlive: true, maxSockets: sockets, ...trustedCas(env) };
  const agents = hasProxy(env) ? await proxyAgents(env, options) : directAgents(options);
  return new NodeHttpHandler({
    ...agents,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  });
}

function directAgents(options: object) {
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
}

async function proxyAgents(env: Env, options: object) {
  const { ProxyAgent } = await import('../proxy-agent.ts');
  const agent = new ProxyAgent({
    ...options,
    getProxyForUrl: (server) => proxyOf({ server, env }) ?? '',
    httpAgent: new HttpAgent(options),
    httpsAgent: new HttpsAgent(options),
  }) as unknown as HttpsAgent;
  return { httpAgent: agent as unknown as HttpAgent, httpsAgent: agent };
}

function hasProxy(env: Env): boolean {
  return ['https_proxy', 'http_proxy'].some((n) => env[n] || env[n.toUpperCase()]);
}

function trustedCas(env: Env): { ca?: string[] } {
  if (!env.AWS_CA_BUNDLE) return {};
  try {
    return { ca: [...rootCertificates, readFileSync(env.AWS_CA_BUNDLE, 'utf8')] };
  } catch {
    throw new CollectFailure('credentials', `AWS_CA_BUNDLE names ${env.AWS_CA_BUNDLE}, which cannot be read`);
  }
}
