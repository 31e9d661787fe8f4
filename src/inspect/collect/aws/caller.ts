import { defineAwsCollector } from '../define-collector.ts';

/** Who asks: shown in the report, so that a denied section can be matched with the right principal. */
export const caller = defineAwsCollector<'caller'>({
  section: 'caller',
  purpose: 'the report does not say which account and principal looked',
  calls: [{ iam: 'sts:GetCallerIdentity', tier: 'core' }],
  async collect(aws) {
    const { client, GetCallerIdentityCommand } = await aws.clients.sts();
    const reply = await aws.call('sts:GetCallerIdentity', () => client.send(new GetCallerIdentityCommand({})));
    return { data: { account: reply.Account ?? '', arn: reply.Arn ?? '' } };
  },
});
