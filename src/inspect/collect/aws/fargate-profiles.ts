import { defineAwsCollector } from '../define-collector.ts';
import { texts } from './defined.ts';
import { describeEach } from './named.ts';

export const fargateProfiles = defineAwsCollector<'fargateProfiles'>({
  section: 'fargateProfiles',
  purpose: 'which subnets Fargate pods take their addresses from is unknown',
  calls: [
    { iam: 'eks:ListFargateProfiles', tier: 'core' },
    { iam: 'eks:DescribeFargateProfile', tier: 'core' },
  ],
  async collect(aws) {
    const { client, ListFargateProfilesCommand, DescribeFargateProfileCommand } = await aws.clients.eks();
    const clusterName = aws.clusterName;
    const names = await aws.pages(
      'eks:ListFargateProfiles',
      (nextToken) => client.send(new ListFargateProfilesCommand({ clusterName, maxResults: 100, nextToken })),
      (out) => ({ items: out.fargateProfileNames ?? [], next: out.nextToken }),
    );
    return describeEach(names, async (fargateProfileName) => {
      const { fargateProfile: p } = await aws.call('eks:DescribeFargateProfile', () =>
        client.send(new DescribeFargateProfileCommand({ clusterName, fargateProfileName })),
      );
      return (
        p && {
          name: p.fargateProfileName ?? fargateProfileName,
          status: p.status ?? 'UNKNOWN',
          ...(p.podExecutionRoleArn ? { podExecutionRoleArn: p.podExecutionRoleArn } : {}),
          subnetIds: texts(p.subnets),
          selectors: (p.selectors ?? []).map((s) => ({ namespace: s.namespace ?? '', labels: { ...s.labels } })),
        }
      );
    });
  },
});
