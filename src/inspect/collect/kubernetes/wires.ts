/** Credentials with the connections that carry them: made when first needed, and anew when the server refuses them. */
import type { Agent } from 'node:http';
import { createSecureContext, type SecureContext } from 'node:tls';
import { keepSecret } from '../scrub.ts';
import { type ClusterConnection, type Credentials, CredentialsError } from './connection.ts';
import { makeAgent } from './http/agent.ts';

export interface Wire {
  readonly agent: Agent;
  readonly credentials: Credentials;
  readonly secureContext: SecureContext | undefined;
}

interface WireOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly maxSockets: number;
}

export class Wires {
  readonly #connection: ClusterConnection;
  readonly #options: WireOptions;
  readonly #agents: Agent[] = [];
  #wire: Promise<Wire> | undefined;

  constructor(connection: ClusterConnection, options: WireOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** @throws CredentialsError */
  current(): Promise<Wire> {
    this.#wire ??= this.#connect(false);
    return this.#wire;
  }

  /** Parallel requests are refused together; the first of them renews for all. */
  renew(refused: Promise<Wire>): void {
    if (this.#wire === refused) this.#wire = this.#connect(true);
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  /** Credentials and a fresh agent: a renewed client certificate must not meet an old connection. */
  async #connect(renew: boolean): Promise<Wire> {
    const { server, proxyUrl } = this.#connection;
    const credentials = await this.#connection.credentials(renew);
    for (const text of Object.values(credentials.headers).flat()) keepSecret(text.replace(/^(?:Bearer|Basic) /, ''));
    const agent = await makeAgent({ server, ...this.#options, ...(proxyUrl ? { proxyUrl } : {}) });
    this.#agents.push(agent);
    return { agent, credentials, secureContext: secureContextOf(credentials, server) };
  }
}

function secureContextOf({ tls }: Credentials, server: string): SecureContext | undefined {
  if (server.startsWith('http:')) return undefined;
  try {
    return createSecureContext({
      ...(tls.ca ? { ca: tls.ca } : {}),
      ...(tls.cert ? { cert: tls.cert } : {}),
      ...(tls.key ? { key: tls.key } : {}),
    });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new CredentialsError(`the CA or client certificate for ${server} is not usable: ${detail}`);
  }
}
