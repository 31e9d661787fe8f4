import type { SectionData } from '../../snapshot.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { describeEach } from './named.ts';

/** Only the CNI's own associations are read: which role aws-node runs with. */
const NAMESPACE = 'kube-system';
const SERVICE_ACCOUNT = 'aws-node';

export const podIdentity = defineAwsCollector<'podIdentity'>({
  section: 'podIdentity',
  purpose: 'whether aws-node has its role from EKS Pod Identity is unknown',
  calls: [
    { iam: 'eks:ListPodIdentityAssociations', tier: 'core' },
    { iam: 'eks:DescribePodIdentityAssociation', tier: 'core' },
  ],
  async collect(aws) {
    const eks = await aws.clients.eks();
    const { client, ListPodIdentityAssociationsCommand, DescribePodIdentityAssociationCommand } = eks;
    const clusterName = aws.clusterName;
    const filter = { clusterName, namespace: NAMESPACE, serviceAccount: SERVICE_ACCOUNT, maxResults: 100 };
    const ids = await aws.pages(
      'eks:ListPodIdentityAssociations',
      (nextToken) => client.send(new ListPodIdentityAssociationsCommand({ ...filter, nextToken })),
      (out) => ({ items: (out.associations ?? []).flatMap((a) => a.associationId ?? []), next: out.nextToken }),
    );
    return describeEach<SectionData<'podIdentity'>[number]>(ids, async (associationId) => {
      const { association: a } = await aws.call('eks:DescribePodIdentityAssociation', () =>
        client.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId })),
      );
      return (
        a && {
          associationId,
          namespace: a.namespace ?? NAMESPACE,
          serviceAccount: a.serviceAccount ?? SERVICE_ACCOUNT,
          roleArn: a.roleArn,
        }
      );
    });
  },
});
