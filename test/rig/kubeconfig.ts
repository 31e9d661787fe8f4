import { parse, stringify } from 'yaml';

interface Kubeconfig {
  contexts: { name: string; context: { cluster: string; user: string } }[];
  users: { name: string; user: unknown }[];
  clusters: { name: string }[];
}

/** The API server's kubeconfig with two more contexts: the cluster's ARN (viewer), and `eks`, which runs `aws eks get-token`. */
export function rigKubeconfig(text: string, clusterArn: string, clusterName: string): string {
  const config = parse(text) as Kubeconfig;
  const cluster = config.clusters[0]?.name ?? '';
  const args = ['eks', 'get-token', '--cluster-name', clusterName, '--output', 'json'];
  // The URL inside the token must name STS itself, whatever endpoint the environment sets for calls.
  const env = [{ name: 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', value: 'true' }];
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: 'aws',
    args,
    env,
    interactiveMode: 'Never',
  };
  config.users.push({ name: 'eks', user: { exec } });
  config.contexts.push(
    { name: clusterArn, context: { cluster, user: 'viewer' } },
    { name: 'eks', context: { cluster, user: 'eks' } },
  );
  return stringify(config);
}
