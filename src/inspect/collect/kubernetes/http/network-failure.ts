/** What went wrong below HTTP, as one line an operator understands, and whether trying again may help. */
import { CollectFailure } from '../../failure.ts';
import { TimeoutError, TooLargeError } from './get.ts';

export interface NetworkFailure {
  readonly failure: CollectFailure;
  /** The connection broke half-way: the same request may succeed. */
  readonly retry: boolean;
  /** No connection was ever possible: the next request will fail the same way. */
  readonly fatal: boolean;
}

const UNTRUSTED: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);
const BROKEN: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'Z_BUF_ERROR',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNABORTED',
]);

export function networkFailure(error: unknown, server: string, origin: string): NetworkFailure {
  const { host } = new URL(server);
  const e = firstOf(error);
  const code = typeof e.code === 'string' ? e.code : '';
  const fail = (kind: CollectFailure['kind'], message: string, how: 'retry' | 'fatal' | 'once' = 'fatal') => ({
    failure: new CollectFailure(kind, message, { cause: error }),
    retry: how === 'retry',
    fatal: how === 'fatal',
  });
  if (e instanceof TimeoutError && e.phase === 'connect')
    return fail('timeout', `${host}: ${e.message}; a private endpoint answers only from inside its network`);
  if (e instanceof TimeoutError) return fail('timeout', `${host}: ${e.message}`, 'retry');
  if (e instanceof TooLargeError) return fail('other', `${host}: ${e.message}`, 'once');
  if (UNTRUSTED.has(code))
    return fail(
      'unreachable',
      `${host}: its certificate is not signed by the authority of ${origin}; check certificate-authority-data`,
    );
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return fail(
      'unreachable',
      `${host}: its certificate is for another name (${namesOf(e)}); check server and tls-server-name`,
    );
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return fail(
      'unreachable',
      `${host}: its certificate ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}; check the clock here and there`,
    );
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return fail('unreachable', `${host}: does not speak TLS; check server and proxy`);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return fail(
      'unreachable',
      `${host}: the name does not resolve (${code}); was the cluster deleted, or is a VPN needed?`,
    );
  if (code === 'ECONNREFUSED') return fail('unreachable', `${host}: connection refused`);
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT')
    return fail('unreachable', `${host}: no route (${code})`);
  if (BROKEN.has(code) || /socket hang up|unexpected end of file|aborted/i.test(e.message))
    return fail('unreachable', `${host}: the connection broke (${code || e.message})`, 'retry');
  return fail('unreachable', `${host}: ${oneLine(e.message)}`);
}

/** Node tries several addresses of a name and reports them together. */
function firstOf(error: unknown): Error & { code?: unknown; reason?: unknown; cert?: unknown } {
  const inner = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  return inner instanceof Error ? inner : new Error(String(inner));
}

function namesOf(e: { cert?: unknown }): string {
  const cert = e.cert as { subjectaltname?: unknown } | undefined;
  return typeof cert?.subjectaltname === 'string' ? oneLine(cert.subjectaltname).slice(0, 200) : 'no name in it';
}

function oneLine(text: string): string {
  return text.split('\n')[0]!.trim();
}
