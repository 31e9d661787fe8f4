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
    const offeredFor = (version: string) =>
      aws.pages(
        'eks:DescribeAddonVersions',
        (nextToken) =>
          client.send(
            new DescribeAddonVersionsCommand({
              addonName: ADDON,
              kubernetesVersion: version,
              maxResults: 100,
              nextToken,
            }),
          ),
        (out) => ({ items: (out.addons ?? []).flatMap((a) => a.addonVersions ?? []), next: out.nextToken }),
      );
    const found = await offeredFor(kubernetesVersion);
    const after = nextMinor(kubernetesVersion);
    // EKS may not offer the next version yet, and says so by an error
    const later = after === undefined ? [] : await offeredFor(after).catch(() => []);
    const next = later.flatMap((v) => v.addonVersion ?? []);
    const versions = found.map((v) => ({
      version: v.addonVersion ?? '',
      default: (v.compatibilities ?? []).some((c) => c.clusterVersion === kubernetesVersion && c.defaultVersion),
    }));
    return {
      data: {
        addon: ADDON,
        kubernetesVersion,
        versions,
        ...(after !== undefined && next.length > 0 ? { next: { kubernetesVersion: after, versions: next } } : {}),
      },
    };
  },
});

/** `1.35` for `1.34`. */
function nextMinor(version: string): string | undefined {
  const [, minor] = /^1\.(\d+)$/.exec(version) ?? [];
  return minor === undefined ? undefined : `1.${Number(minor) + 1}`;
}
