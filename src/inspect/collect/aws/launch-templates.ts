import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import type { LaunchTemplate } from '../../snapshot/aws.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import { describeEach } from './named.ts';
import { maxPodsOfUserData } from './user-data.ts';

const CALL = 'ec2:DescribeLaunchTemplateVersions';

interface Wanted {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

export const launchTemplates = defineAwsCollector<'launchTemplates'>({
  section: 'launchTemplates',
  purpose: 'the maxPods that new nodes of a group start with is unknown',
  calls: [{ iam: CALL, tier: 'optional' }],
  async collect(aws, ctx) {
    const { client, DescribeLaunchTemplateVersionsCommand } = await aws.clients.ec2();
    const wanted = await templatesInUse(ctx);
    const { data, missing } = await describeEach([...wanted.keys()], async (key) => {
      const { id, name, version } = wanted.get(key)!;
      const which = id ? { LaunchTemplateId: id } : { LaunchTemplateName: name };
      const reply = await aws.call(CALL, () =>
        client.send(new DescribeLaunchTemplateVersionsCommand({ ...which, Versions: [version ?? '$Default'] })),
      );
      return (reply.LaunchTemplateVersions ?? []).map(reduce);
    });
    return { data: data.flat(), missing };
  },
});

async function templatesInUse(ctx: Collecting): Promise<ReadonlyMap<string, Wanted>> {
  const [nodegroups, groups] = await Promise.all([ctx.need('nodegroups'), ctx.section('autoScalingGroups')]);
  const templates = [...nodegroups, ...(groups ?? [])].flatMap((g) => g.launchTemplate ?? []);
  return new Map(
    templates.filter((t) => t.id || t.name).map((t) => [`${t.id ?? t.name} ${t.version ?? '$Default'}`, t]),
  );
}

function reduce(v: LaunchTemplateVersion): LaunchTemplate {
  const data = v.LaunchTemplateData;
  const primary = data?.NetworkInterfaces?.find((n) => (n.DeviceIndex ?? 0) === 0);
  return {
    id: v.LaunchTemplateId ?? '',
    version: v.VersionNumber ?? 0,
    imageId: data?.ImageId,
    instanceType: data?.InstanceType,
    maxPods: maxPodsOfUserData(data?.UserData),
    userData: (data?.UserData ?? '') !== '',
    primaryDeleteOnTermination: primary?.DeleteOnTermination,
  };
}
