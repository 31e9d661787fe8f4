import type { Insight, InsightSummary } from '@aws-sdk/client-eks';
import type { Insights } from '../../snapshot/account.ts';
import { defineAwsCollector } from '../define-collector.ts';
import { gapOfFailure } from '../failure.ts';
import { texts } from './defined.ts';
import { iso } from './iso.ts';
import { describeEach } from './named.ts';

const LIST = 'eks:ListInsights';
const DESCRIBE = 'eks:DescribeInsight';

export const insights = defineAwsCollector<'insights'>({
  section: 'insights',
  purpose: 'what EKS itself has noticed of upgrades and misconfiguration is unknown',
  calls: [
    { iam: LIST, tier: 'optional' },
    { iam: DESCRIBE, tier: 'optional' },
  ],
  async collect(aws) {
    const { client, ListInsightsCommand, DescribeInsightCommand } = await aws.clients.eks();
    const clusterName = aws.clusterName;
    const found = await aws.pages(
      LIST,
      (nextToken) => client.send(new ListInsightsCommand({ clusterName, maxResults: 100, nextToken })),
      (out) => ({ items: out.insights ?? [], next: out.nextToken }),
    );
    // only what is not in order is worth a question of its own
    const unwell = found.filter((i) => i.insightStatus?.status !== 'PASSING').flatMap((i) => i.id ?? []);
    try {
      const { data, missing } = await describeEach(
        unwell,
        async (id) =>
          (await aws.call(DESCRIBE, () => client.send(new DescribeInsightCommand({ clusterName, id })))).insight,
      );
      const described = new Map(data.map((i) => [i.id, i]));
      return { data: found.map((i) => reduce(i, described.get(i.id))), missing };
    } catch (error) {
      return { data: found.map((i) => reduce(i, undefined)), missing: [gapOfFailure(error)] };
    }
  },
});

function reduce(summary: InsightSummary, insight: Insight | undefined): Insights[number] {
  return {
    id: summary.id ?? '',
    name: summary.name ?? '',
    category: summary.category ?? '',
    status: summary.insightStatus?.status ?? 'UNKNOWN',
    kubernetesVersion: summary.kubernetesVersion,
    refreshedAt: iso(summary.lastRefreshTime),
    resources: texts(insight?.resources?.map((r) => r.arn ?? r.kubernetesResourceUri)),
  };
}
