/**
 * A reply is what carries the shape of the API that was asked. A proxy's page, another service's XML or an empty body with
 * status 200 would otherwise be read as an empty list: a cluster without a fault.
 */
import { CollectFailure } from '../failure.ts';
import type { AwsService } from './access.ts';
import { takeLarge } from './large-replies.ts';

/** As bytes, unpacked. A page of 1,000 ENIs with 50 addresses each takes some 20 MB. */
const MAX_BYTES = 128 * 1024 * 1024;

/** Only the beginning and the end of a reply tell what it is. */
const EDGE = 2048;

/** Members of EKS replies that are not called like their operation. */
const EKS_MEMBERS: Readonly<Record<string, string>> = {
  DescribeAddonConfiguration: 'addonName',
  DescribeAddonVersions: 'addons',
  ListFargateProfiles: 'fargateProfileNames',
  ListPodIdentityAssociations: 'associations',
  DescribePodIdentityAssociation: 'association',
};

interface HttpReply {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** Middleware of the SDK that stands between the socket and the reader of replies. */
export function checkReply(service: AwsService, onHost: () => string | undefined) {
  return (next: (args: unknown) => Promise<{ response?: unknown }>, context: { commandName?: string }) =>
    async (args: unknown) => {
      const result = await next(args);
      const reply = result.response as HttpReply | undefined;
      if (!reply || (reply.statusCode ?? 0) < 200 || (reply.statusCode ?? 0) >= 300) return result;
      const operation = (context.commandName ?? '').replace(/Command$/, '');
      const bytes = await readAll(reply.body);
      reply.body = bytes;
      if (!looksLike(service, operation, bytes, reply.headers)) {
        const failure = foreign(service, operation, onHost(), bytes);
        // a reply that breaks off may come whole the next time; the SDK asks again for what is marked so
        throw startsLike(operation, bytes) ? Object.assign(failure, { $retryable: { throttling: false } }) : failure;
      }
      if (service === 'ec2') takeLarge(operation, reply, bytes);
      return result;
    };
}

function looksLike(service: AwsService, operation: string, bytes: Uint8Array, headers: HttpReply['headers']): boolean {
  if (service === 'servicequotas') return memberOf(bytes, 'Quota') !== undefined;
  return service === 'eks' ? isEksReply(operation, bytes) : isXmlReply(operation, bytes, headers);
}

/** `<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/…">`, with the id of the request in it or beside it. */
function isXmlReply(operation: string, bytes: Uint8Array, headers: HttpReply['headers']): boolean {
  const head = textOf(bytes.subarray(0, EDGE));
  const root = new RegExp(`^\\ufeff?\\s*(?:<\\?xml[^>]{0,200}\\?>\\s*)?<${operation}Response(?:\\s[^>]{0,400})?>`).exec(
    head,
  )?.[0];
  if (root === undefined) return false;
  const tail = textOf(bytes.subarray(Math.max(0, bytes.length - EDGE)));
  if (!tail.trimEnd().endsWith(`</${operation}Response>`)) return false;
  const named = headers?.['x-amzn-requestid'] ?? headers?.['x-amz-request-id'];
  return named !== undefined || /\.amazonaws\.com(?:\.cn)?\//.test(root) || /<requestId>[^<]+</i.test(head + tail);
}

/** Undefined where the text is no JSON, or has no such member. */
function memberOf(bytes: Uint8Array, name: string): unknown {
  try {
    return (JSON.parse(textOf(bytes)) as Record<string, unknown> | null)?.[name] ?? undefined;
  } catch {
    return undefined;
  }
}

function isEksReply(operation: string, bytes: Uint8Array): boolean {
  const noun = operation.replace(/^(?:Describe|List|Get)/, '');
  const member = EKS_MEMBERS[operation] ?? noun.charAt(0).toLowerCase() + noun.slice(1);
  const wanted = memberOf(bytes, member);
  return operation.startsWith('List') ? Array.isArray(wanted) : wanted !== undefined;
}

function startsLike(operation: string, bytes: Uint8Array): boolean {
  const head = textOf(bytes.subarray(0, EDGE)).trimStart();
  return head.includes(`<${operation}Response`) || head.startsWith('{"');
}

function foreign(service: string, operation: string, host: string | undefined, bytes: Uint8Array): CollectFailure {
  const what = bytes.length === 0 ? 'an empty page' : 'something else';
  return new CollectFailure(
    'not-an-api',
    `${host ?? `the ${service} endpoint`} did not answer ${service}:${operation} like AWS, but with ${what}: a proxy, a wrong endpoint, or an API it does not have`,
  );
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

async function readAll(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  if (typeof body === 'string') return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new CollectFailure('other', `AWS sent more than ${MAX_BYTES / 1024 / 1024} MiB in one reply`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
