/** Where credentials come from: the SDK's chain, a profile, a role to assume; and clear words where there are none. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { CollectFailure } from '../failure.ts';
import { killChildren } from '../kubernetes/kubeconfig/kill-tree.ts';
import type { Endpoints } from './endpoint.ts';
import type { Env } from './http.ts';

interface Wanted {
  readonly env: Env;
  readonly profile?: string;
  readonly roleArn?: string;
}

interface ClientConfig {
  readonly region: string;
  readonly requestHandler: unknown;
}

/** The provider for `--profile` and `--role-arn`; the SDK's own chain without them. */
export async function resolveCredentials(
  wanted: Wanted,
  config: ClientConfig,
  endpoints: Endpoints,
): Promise<AwsCredentialIdentityProvider> {
  const profile = wanted.profile ?? wanted.env.AWS_PROFILE;
  const unknown = profile && (await unknownProfile(profile, wanted.env));
  if (unknown) throw new CollectFailure('credentials', unknown);
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('./sdk/credential-providers.ts');
  const clientConfig = { region: config.region, requestHandler: config.requestHandler as never };
  const chain = explained(
    fromNodeProviderChain({
      ...(wanted.profile ? { profile: wanted.profile } : {}),
      clientConfig: { ...clientConfig, ...endpoints.ofCredentials },
    }),
    profile,
  );
  if (!wanted.roleArn) return chain;
  return fromTemporaryCredentials({
    masterCredentials: chain,
    params: { RoleArn: wanted.roleArn, RoleSessionName: 'vpccni' },
    clientConfig: { ...clientConfig, ...endpoints.of('sts') },
  });
}

/** The chain's last word, "Could not load credentials from any providers", tells nobody what to do. */
function explained(chain: AwsCredentialIdentityProvider, profile: string | undefined): AwsCredentialIdentityProvider {
  return async (identity) => {
    if (asked++ === 0) process.once('exit', killChildren);
    try {
      return await chain(identity);
    } catch (error) {
      if (!(error instanceof Error) || !/Could not load credentials from any providers/.test(error.message))
        throw error;
      const line = profile
        ? `AWS profile "${profile}" gives no credentials: log in to it, or complete it with "aws configure"`
        : 'no AWS credentials: set AWS_PROFILE, log in with "aws sso login", or give --profile';
      throw new CollectFailure('credentials', line, { cause: error });
    } finally {
      if (--asked === 0) process.off('exit', killChildren);
    }
  };
}

/** Questions under way: the `credential_process` of a profile may be running, which the SDK does not end. */
let asked = 0;

/** Why there is no such profile, or undefined. The SDK falls through to other sources, or fails without its name. */
export async function unknownProfile(profile: string, env: Env): Promise<string | undefined> {
  const home = env.HOME ?? homedir();
  const files = [
    env.AWS_CONFIG_FILE ?? join(home, '.aws', 'config'),
    env.AWS_SHARED_CREDENTIALS_FILE ?? join(home, '.aws', 'credentials'),
  ];
  const texts = await Promise.all(files.map((f) => readFile(f, 'utf8').catch(() => '')));
  const names = new Set(texts.flatMap(profileNames));
  if (names.has(profile)) return undefined;
  const known = names.size > 0 ? `; there are: ${[...names].sort().join(', ')}` : '';
  return `AWS profile "${profile}" is neither in ${files.join(' nor in ')}${known}`;
}

function profileNames(ini: string): string[] {
  return [...ini.matchAll(/^[ \t]*\[[ \t]*(?:profile[ \t]+)?["']?([^\]"']+?)["']?[ \t]*\]/gm)]
    .map((m) => m[1]!)
    .filter((name) => !/^(sso-session|services)[ \t]/.test(name));
}
