/** Region, credentials and clients of one run. SDK files are loaded here, when first needed, and nowhere else. */
import type { AwsCredentialIdentity, Logger } from '@smithy/types';
import { abortable } from '../abort.ts';
import { CollectFailure } from '../failure.ts';
import { keepSecret } from '../scrub.ts';
import type { AwsClients, AwsService } from './access.ts';
import { resolveCredentials } from './credentials.ts';
import { endpointsOf } from './endpoint.ts';
import { awsFailure } from './failure.ts';
import { type Env, requestHandler } from './http.ts';
import { guardClient } from './read-only.ts';
import { checkReply } from './reply-shape.ts';

export interface AwsSettings {
  readonly env: Env;
  /** Region by flag, ARN or kube context; else the environment's and the profile's. */
  readonly region?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly retryMode: 'standard' | 'adaptive';
  /** Parallel requests. */
  readonly concurrency: number;
  /** Name and version for the user agent. */
  readonly tool: { readonly name: string; readonly version: string };
  readonly signal: AbortSignal;
}

export interface AwsSession {
  readonly region: string;
  readonly clients: AwsClients;
  /** In force now; renewed before they expire. */
  readonly credentials: () => Promise<AwsCredentialIdentity>;
  /** Host the service was last asked at. */
  readonly endpointOf: (service: AwsService) => string | undefined;
  readonly close: () => void;
}

const nothing = () => {};
/** The SDK's silent logger still has every reply copied for its `info`; one without is not asked. */
const WITHOUT_REPLIES = { trace: nothing, debug: nothing, warn: nothing, error: nothing } as unknown as Logger;

/** Attempts per request, the first included. Five refusals in a row for rate are ridden out in some 20 s. */
const MAX_ATTEMPTS = 6;

/**
 * Opens a session: finds the Region and proves that there are credentials, so that every section fails with one and the
 * same line where there are none.
 * @throws CollectFailure
 */
export async function openAws(settings: AwsSettings): Promise<AwsSession> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const handler = await requestHandler(settings.env, settings.concurrency);
  const profile = settings.profile ? { profile: settings.profile } : {};
  const hosts = new Map<AwsService, string>();
  const sts = await import('./sdk/sts.ts');
  const region = await findRegion(settings, () => new sts.STSClient(profile).config.region());
  const config = {
    region,
    ...profile,
    requestHandler: handler,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: settings.retryMode,
    customUserAgent: [[settings.tool.name, settings.tool.version]] as [string, string][],
    logger: WITHOUT_REPLIES,
  };
  const endpoints = await endpointsOf(settings.profile, settings.env);
  const chain = await resolveCredentials(settings, config, endpoints);
  const stsClient = new sts.STSClient({ ...config, ...endpoints.of('sts'), credentials: chain });
  const credentials = () => stsClient.config.credentials() as Promise<AwsCredentialIdentity>;
  const first = credentials().catch((error) => {
    throw awsFailure(error, { iam: 'sts:AssumeRole', endpoint: undefined });
  });
  const { secretAccessKey, sessionToken } = await abortable(first, settings.signal);
  keepSecret(secretAccessKey);
  keepSecret(sessionToken);
  const guarded = <C extends Parameters<typeof guardClient>[0]>(service: AwsService, client: C): C =>
    guardClient(client, settings.signal, {
      onHost: (host) => hosts.set(service, host),
      checkReply: checkReply(service, () => hosts.get(service)),
    });
  const settingsOf = (service: AwsService) => ({ ...config, ...endpoints.of(service), credentials });
  return {
    region,
    credentials,
    endpointOf: (service) => hosts.get(service),
    close: () => handler.destroy(),
    clients: {
      sts: once(async () => ({ ...sts, client: guarded('sts', stsClient) })),
      ec2: once(async () => {
        const sdk = await import('./sdk/ec2.ts');
        return { ...sdk, client: guarded('ec2', new sdk.EC2Client(settingsOf('ec2'))) };
      }),
      eks: once(async () => {
        const sdk = await import('./sdk/eks.ts');
        return { ...sdk, client: guarded('eks', new sdk.EKSClient(settingsOf('eks'))) };
      }),
      autoScaling: once(async () => {
        const sdk = await import('./sdk/auto-scaling.ts');
        return { ...sdk, client: guarded('autoscaling', new sdk.AutoScalingClient(settingsOf('autoscaling'))) };
      }),
      iam: once(async () => {
        const sdk = await import('./sdk/iam.ts');
        return { ...sdk, client: guarded('iam', new sdk.IAMClient(settingsOf('iam'))) };
      }),
      serviceQuotas: once(async () => {
        const sdk = await import('./sdk/service-quotas.ts');
        return { ...sdk, client: guarded('servicequotas', new sdk.ServiceQuotasClient(settingsOf('servicequotas'))) };
      }),
    },
  };
}

/** `AWS_DEFAULT_REGION` is the CLI's variable; the SDK does not read it. */
async function findRegion(settings: AwsSettings, ofProfile: () => Promise<string>): Promise<string> {
  const given = settings.region ?? settings.env.AWS_REGION ?? settings.env.AWS_DEFAULT_REGION;
  if (given) return given;
  try {
    return await ofProfile();
  } catch (cause) {
    throw new CollectFailure('credentials', 'no AWS Region: give --region or set AWS_REGION', { cause });
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
