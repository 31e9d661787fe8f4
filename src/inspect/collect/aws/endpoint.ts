/**
 * Where the services of a named profile answer. The SDK looks for `endpoint_url` in the profile of AWS_PROFILE, or in the default
 * one, whatever profile its client was given (`getEndpointFromConfig` of @smithy/core): under `--profile prod` it would talk to
 * the endpoint of another profile.
 */
import { CollectFailure } from '../failure.ts';
import type { AwsService } from './access.ts';
import type { Env } from './http.ts';

/** The names by which environment and configuration file know the services: `AWS_ENDPOINT_URL_AUTO_SCALING`, `auto_scaling`. */
const NAMES: Readonly<Record<AwsService | 'sso', string>> = {
  ec2: 'ec2',
  eks: 'eks',
  autoscaling: 'auto_scaling',
  iam: 'iam',
  servicequotas: 'service_quotas',
  sts: 'sts',
  sso: 'sso',
};

/** What a client is told: the endpoint to ask, or to look for none itself. */
export interface EndpointSetting {
  readonly endpoint?: string;
  readonly ignoreConfiguredEndpointUrls?: true;
}

/** Endpoints by the environment and by what this profile says of itself; without a profile the SDK's own search is right. */
export interface Endpoints {
  readonly of: (service: AwsService) => EndpointSetting;
  /** Of the service that the profile's credentials come from. */
  readonly ofCredentials: EndpointSetting;
}

/**
 * Environment before file, the service's own before the general one, as the AWS CLI does.
 * @throws CollectFailure where the profile names a services section that does not exist
 */
export async function endpointsOf(profile: string | undefined, env: Env): Promise<Endpoints> {
  if (!profile) return { of: () => ({}), ofCredentials: {} };
  const { CONFIG_PREFIX_SEPARATOR, loadSharedConfigFiles } = await import('@smithy/core/config');
  const files = await loadSharedConfigFiles({
    ...(env.AWS_CONFIG_FILE ? { configFilepath: env.AWS_CONFIG_FILE } : {}),
    ...(env.AWS_SHARED_CREDENTIALS_FILE ? { filepath: env.AWS_SHARED_CREDENTIALS_FILE } : {}),
  });
  const own = { ...files.credentialsFile[profile], ...files.configFile[profile] };
  const key = (...parts: string[]) => parts.join(CONFIG_PREFIX_SEPARATOR);
  const ofServices = own.services ? files.configFile[key('services', own.services)] : {};
  if (!ofServices)
    throw new CollectFailure(
      'credentials',
      `AWS profile "${profile}" names the services section "${own.services}", which the configuration file does not have`,
    );
  const ignored = /^true$/i.test(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? own.ignore_configured_endpoint_urls ?? '');
  const of = (service: keyof typeof NAMES): EndpointSetting => {
    const name = NAMES[service];
    const endpoint =
      env[`AWS_ENDPOINT_URL_${name.toUpperCase()}`] ||
      env.AWS_ENDPOINT_URL ||
      ofServices[key(name, 'endpoint_url')] ||
      own.endpoint_url;
    return endpoint && !ignored ? { endpoint } : { ignoreConfiguredEndpointUrls: true };
  };
  return { of, ofCredentials: of((own.sso_session ?? own.sso_start_url) ? 'sso' : 'sts') };
}
