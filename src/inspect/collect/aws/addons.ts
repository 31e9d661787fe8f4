import type { Addon as EksAddon } from '@aws-sdk/client-eks';
import { parse } from 'yaml';
import type { Addon } from '../../snapshot/aws.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { texts } from './defined.ts';
import { healthIssues } from './health.ts';
import { iso } from './iso.ts';
import { describeEach } from './named.ts';

/** Add-ons whose version and settings are read; of the others only the existence matters to nobody. */
const READ = new Set(['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent', 'coredns']);

export const addons = defineAwsCollector<'addons'>({
  section: 'addons',
  purpose: 'how the CNI was installed is only guessed, and the health and settings of the add-on are unknown',
  calls: [
    { iam: 'eks:ListAddons', tier: 'core' },
    { iam: 'eks:DescribeAddon', tier: 'core' },
  ],
  async collect(aws) {
    const { client, ListAddonsCommand, DescribeAddonCommand } = await aws.clients.eks();
    const clusterName = aws.clusterName;
    const names = await aws.pages(
      'eks:ListAddons',
      (nextToken) => client.send(new ListAddonsCommand({ clusterName, maxResults: 100, nextToken })),
      (out) => ({ items: out.addons ?? [], next: out.nextToken }),
    );
    return describeEach(
      names.filter((n) => READ.has(n)),
      async (addonName) => {
        const reply = await aws.call('eks:DescribeAddon', () =>
          client.send(new DescribeAddonCommand({ clusterName, addonName })),
        );
        return reply.addon && reduce(reply.addon);
      },
    );
  },
});

function reduce(a: EksAddon): Addon {
  const text = a.configurationValues || undefined;
  return {
    name: a.addonName ?? '',
    version: a.addonVersion ?? '',
    status: a.status ?? 'UNKNOWN',
    health: healthIssues(a.health?.issues),
    serviceAccountRoleArn: a.serviceAccountRoleArn || undefined,
    configurationText: text,
    configuration: parseConfiguration(text),
    podIdentityAssociations: texts(a.podIdentityAssociations),
    createdAt: iso(a.createdAt),
    modifiedAt: iso(a.modifiedAt),
  };
}

/** EKS takes JSON and YAML, and JSON is YAML. Undefined where the text is neither or is no object. */
export function parseConfiguration(text: string | undefined): Record<string, unknown> | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = parse(text, { maxAliasCount: 0 });
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
