/** AWS SDK errors → failures in our terms: one line that says what to do, the IAM action where it was refused. */
import { CollectFailure } from '../failure.ts';

/** Where the error came from. */
export interface FailedCall {
  /** The IAM action, `ec2:DescribeSubnets`. */
  readonly iam: string;
  /** Host the service was asked at, where it got that far. */
  readonly endpoint: string | undefined;
}

interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  readonly $response?: { readonly body?: unknown };
}

const DENIED = new Set(['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException', 'UnauthorizedException']);
const CREDENTIALS_REFUSED: Readonly<Record<string, string>> = {
  ExpiredToken: 'the AWS credentials have expired',
  ExpiredTokenException: 'the AWS credentials have expired',
  RequestExpired: 'the AWS credentials have expired, or the clock of this machine is wrong',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  InvalidClientTokenId: 'AWS does not know these credentials',
  UnrecognizedClientException: 'AWS does not know these credentials',
  InvalidAccessKeyId: 'AWS does not know these credentials',
  AuthFailure: 'AWS does not accept these credentials in this Region',
  InvalidToken: 'AWS does not accept the session token',
  MissingAuthenticationToken: 'the request reached AWS without credentials',
  SignatureDoesNotMatch: 'the secret access key does not belong to the access key',
  InvalidSignatureException: 'the secret access key does not belong to the access key',
  IncompleteSignature: 'AWS does not accept the signature of the request',
  OptInRequired: 'the account has not enabled this Region or service',
};
const THROTTLED = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestThrottled',
  'RequestThrottledException',
  'EC2ThrottledException',
  'SlowDown',
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'PriorRequestNotComplete',
]);
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route',
  ENETUNREACH: 'no route',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve now',
  EPIPE: 'connection closed',
  EPROTO: 'TLS failed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; name the CA in NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed; name the CA in NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate has an unknown issuer; name the CA in NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate has an unknown issuer; name the CA in NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

export function awsFailure(error: unknown, at: FailedCall): CollectFailure {
  if (error instanceof CollectFailure) return error;
  const e = asSdkError(error);
  const where = at.endpoint ?? serviceOf(at.iam);
  const fail = (kind: CollectFailure['kind'], line: string) => new CollectFailure(kind, line, { cause: error });
  if (DENIED.has(e.name)) return deniedFailure(e, at, error);
  const refused = CREDENTIALS_REFUSED[e.name];
  if (refused) return fail('credentials', `${refused} (${e.name})`);
  if (e.name === 'CredentialsProviderError' || e.name === 'TokenProviderError')
    return fail('credentials', firstLine(e.message));
  if (THROTTLED.has(e.name) || e.$metadata?.httpStatusCode === 429)
    return fail('throttled', `${at.iam} was refused for rate ${e.$metadata?.attempts ?? 1} times (${e.name})`);
  const network = UNREACHABLE[e.code ?? ''] ?? UNREACHABLE[e.name];
  if (network) return fail('unreachable', `cannot reach ${where}: ${network} (${e.code ?? e.name})`);
  if (e.name === 'TimeoutError' || e.code === 'ETIMEDOUT') return fail('timeout', `${where} did not answer in time`);
  if (isNoApiReply(e))
    return fail(
      'not-an-api',
      `${where} did not answer ${at.iam} like AWS${statusOf(e)}: a proxy, a wrong endpoint, or an API it does not have`,
    );
  if (isNotFound(e)) return fail('not-found', `${e.name}: ${firstLine(e.message)}`);
  return fail('other', `${at.iam} failed: ${e.name}: ${firstLine(e.message)}`);
}

/** The reason without the message's ids, and by which kind of policy, where AWS says so. */
function deniedFailure(e: SdkError, at: FailedCall, cause: unknown): CollectFailure {
  const by = /explicit deny in an? ([a-z- ]+policy|permissions boundary)/i.exec(e.message);
  const lacking = /because no ([a-z- ]+policy|permissions boundary) allows/i.exec(e.message);
  const why = by ? ` by an explicit deny in a ${by[1]}` : lacking ? `: no ${lacking[1]} allows it` : '';
  return new CollectFailure('denied', `${at.iam} was denied${why} (${e.name})`, { permission: at.iam, cause });
}

/** HTML where XML or JSON was due, or an error without any body the protocol knows. */
function isNoApiReply(e: SdkError): boolean {
  if (e.name === 'SyntaxError' || /XML parse error|Unexpected token|not valid JSON|char '<'/i.test(e.message))
    return true;
  return /^Unknown(Error)?$/.test(e.message) && e.$metadata?.httpStatusCode !== undefined;
}

/** EKS and others, Service Quotas, IAM. */
const NOT_FOUND: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'NoSuchResourceException',
  'NoSuchEntityException',
  'NoSuchEntity',
]);

function isNotFound(e: SdkError): boolean {
  return NOT_FOUND.has(e.name) || /\.NotFound$/.test(e.name);
}

function statusOf(e: SdkError): string {
  return e.$metadata?.httpStatusCode ? ` (HTTP ${e.$metadata.httpStatusCode})` : '';
}

function serviceOf(iam: string): string {
  return `the ${iam.split(':')[0]} endpoint`;
}

/** Connection errors of several addresses arrive wrapped in an AggregateError without a message. */
function asSdkError(error: unknown): SdkError {
  if (error instanceof AggregateError && error.errors.length > 0) return asSdkError(error.errors[0]);
  if (error instanceof Error) return error as SdkError;
  return { name: 'Error', message: String(error) };
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.trim();
}
