/** An https server on 127.0.0.1 that answers by script and remembers what it was asked. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

const TLS = join(import.meta.dirname, 'tls');
export const pem = (name: string): string => readFileSync(join(TLS, name), 'utf8');
export const pemPath = (name: string): string => join(TLS, name);
export const base64 = (name: string): string => Buffer.from(pem(name)).toString('base64');

export interface Asked {
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** Common name of the client certificate. */
  readonly client: string | undefined;
}

export type Answer = (asked: Asked, response: http.ServerResponse, count: number) => void;

export interface FakeServer {
  readonly url: string;
  readonly asked: Asked[];
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export async function fakeServer(
  answer: Answer,
  { certificate = 'server.pem', plain = false, clientCertificates = false } = {},
): Promise<FakeServer> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse) => {
    const client = plain ? undefined : (request.socket as TLSSocket).getPeerCertificate()?.subject?.CN;
    const entry = {
      url: new URL(request.url ?? '/', 'https://fake'),
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      client: client === undefined ? undefined : String(client),
    };
    asked.push(entry);
    answer(entry, response, asked.length);
  };
  const server = plain
    ? http.createServer(onRequest)
    : https.createServer(
        {
          cert: pem(certificate),
          key: pem('server.key'),
          ...(clientCertificates ? { requestCert: true, rejectUnauthorized: false, ca: pem('ca.pem') } : {}),
        },
        onRequest,
      );
  server.on(plain ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${plain ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    connections: () => connections,
    close: () =>
      new Promise((done) => {
        for (const s of sockets) s.destroy();
        server.close(() => done());
      }),
  };
}

export function json(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

export function plainText(
  response: http.ServerResponse,
  status: number,
  text: string,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}

/** A Status as the API server writes it. */
export function status(
  response: http.ServerResponse,
  code: number,
  reason: string,
  message: string,
  metadata = {},
): void {
  json(response, code, { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, reason, code });
}

export function page(names: readonly string[], next?: string): unknown {
  return {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '10', ...(next ? { continue: next } : {}) },
    items: names.map((name) => ({ metadata: { name, namespace: 'default', uid: name } })),
  };
}
