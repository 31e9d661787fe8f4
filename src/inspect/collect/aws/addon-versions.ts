import { defineAwsCollector } from '../define-collector.ts';
import { CollectFailure } from '../failure.ts';

const ADDON = 'vpc-cni';

export const addonVersions = defineAwsCollector<'addonVersions'>({
  section: 'addonVersions',
  purpose: 'whether the vpc-cni version fits the Kubernetes version, and which is the default, is unknown',
  calls: [{ iam: 'eks:DescribeAddonVersions', tier: 'core' }],
  async collect(aws, ctx) {
    const kubernetesVersion = (await ctx.need('cluster')).version;
    if (!kubernetesVersion) throw new CollectFailure('other', 'the Kubernetes version of the cluster is not known');
    const { client, DescribeAddonVersionsCommand } = await aws.clients.eks();
    const found = await aws.pages(
      'eks:DescribeAddonVersions',
      (nextToken) =>
        client.send(
          new DescribeAddonVersionsCommand({ addonName: ADDON, kubernetesVersion, maxResults: 100, nextToken }),
        ),
      (out) => ({ items: (out.addons ?? []).flatMap((a) => a.addonVersions ?? []), next: out.nextToken }),
    );
    const versions = found.map((v) => ({
      version: v.addonVersion ?? '',
      default: (v.compatibilities ?? []).some((c) => c.clusterVersion === kubernetesVersion && c.defaultVersion),
    }));
    return { data: { addon: ADDON, kubernetesVersion, versions } };
  },
});
