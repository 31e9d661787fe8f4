/** A local server in the place of every AWS service: answers by action, in order, over real HTTP. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status?: number;
  readonly body: string;
  readonly type?: string;
  /** Never answers. */
  readonly silent?: boolean;
}

export interface FakeAws {
  readonly url: string;
  /** Actions asked for, in order. */
  readonly asked: string[];
  readonly userAgents: string[];
  readonly stop: () => Promise<void>;
}

/** `answers[action]` are given one after the other; the last one for ever. */
export async function fakeAws(answers: Readonly<Record<string, readonly Answer[]>>): Promise<FakeAws> {
  const asked: string[] = [];
  const userAgents: string[] = [];
  const given = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const action = new URLSearchParams(await bodyOf(request)).get('Action') ?? `${request.method} ${request.url}`;
    asked.push(action);
    userAgents.push(request.headers['user-agent'] ?? '');
    const list = answers[action] ?? [];
    const n = given.get(action) ?? 0;
    given.set(action, n + 1);
    reply(
      response,
      list[Math.min(n, list.length - 1)] ?? { status: 404, body: '<html>not here</html>', type: 'text/html' },
    );
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    userAgents,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer.silent) return;
  response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'text/xml' });
  response.end(answer.body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** One page of DescribeSubnets in EC2's own XML. */
export function subnetPage(ids: readonly string[], nextToken?: string): Answer {
  const items = ids.map((id) => `<item><subnetId>${id}</subnetId><cidrBlock>10.0.0.0/24</cidrBlock></item>`).join('');
  const next = nextToken ? `<nextToken>${nextToken}</nextToken>` : '';
  return {
    body: `<DescribeSubnetsResponse><requestId>r</requestId><subnetSet>${items}</subnetSet>${next}</DescribeSubnetsResponse>`,
  };
}

export function ec2Error(code: string, status: number): Answer {
  const error = `<Error><Code>${code}</Code><Message>said ${code}</Message></Error>`;
  return { status, body: `<Response><Errors>${error}</Errors><RequestID>r</RequestID></Response>` };
}
