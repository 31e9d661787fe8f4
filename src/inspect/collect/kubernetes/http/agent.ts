/** The one keep-alive agent of a connection: direct, or through the proxy that kubectl would take. */
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP } from 'node:net';

export interface AgentOptions {
  readonly server: string;
  /** `proxy-url` of the kubeconfig: beats the environment and NO_PROXY, as in kubectl. */
  readonly proxyUrl?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly maxSockets: number;
}

/** @throws Error with one line where the proxy's URL is of no known kind */
export async function makeAgent(options: AgentOptions): Promise<http.Agent> {
  const { server, maxSockets } = options;
  const keepAlive = { keepAlive: true, maxSockets, scheduling: 'lifo' as const };
  const proxy = proxyOf(options);
  if (proxy === undefined) return server.startsWith('http:') ? new http.Agent(keepAlive) : new https.Agent(keepAlive);
  if (!/^(https?|socks[45]?[ah]?):\/\//i.test(proxy))
    throw new Error(`proxy "${proxy}" is not an http, https or socks URL`);
  const { ProxyAgent } = await import('../../proxy-agent.ts');
  return new ProxyAgent({ ...keepAlive, getProxyForUrl: () => proxy });
}

/**
 * The proxy for a server, or undefined: golang.org/x/net/http/httpproxy, which kubectl uses. HTTPS_PROXY for https
 * servers, HTTP_PROXY for http ones, never for loopback addresses, and NO_PROXY by name, suffix, address, CIDR or port.
 */
export function proxyOf({
  server,
  proxyUrl,
  env,
}: Pick<AgentOptions, 'server' | 'proxyUrl' | 'env'>): string | undefined {
  if (proxyUrl) return proxyUrl;
  const url = new URL(server);
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[name] || env[name.toLowerCase()];
  if (!proxy) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (isLoopback(host)) return undefined;
  const excepted = (env.NO_PROXY || env.no_proxy || '').split(',').map((e) => e.trim().toLowerCase());
  if (excepted.some((entry) => entry !== '' && matches(entry, host, port))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** One entry of NO_PROXY: `*`, a CIDR, an address, `.suffix`, `*.suffix` or a name with its subdomains; each with an optional port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const family = isIP(host);
  const [network = '', bits] = entry.split('/');
  if (bits !== undefined) return family !== 0 && isIP(network) === family && inNetwork(host, network, Number(bits));
  if (isIP(entry)) return entry === host;
  const [, name = entry, entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  if (family !== 0) return name === host;
  const suffix = name.replace(/^\*(?=\.)/, '');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function inNetwork(host: string, network: string, bits: number): boolean {
  const type = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (!Number.isInteger(bits) || bits < 0 || bits > (type === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}
