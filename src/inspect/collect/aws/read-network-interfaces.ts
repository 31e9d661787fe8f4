import type { NetworkInterface as Ec2NetworkInterface } from '@aws-sdk/client-ec2';
import type { NetworkInterface } from '../../snapshot/ec2.ts';
import type { AwsAccess } from './access.ts';
import { texts } from './defined.ts';
import { eniOrigin } from './eni-origin.ts';
import { iso } from './iso.ts';
import { keptTags } from './tags.ts';

type Filters = readonly { readonly Name: string; readonly Values: string[] }[];

/** All ENIs that match, page by page, each reduced at once. */
export async function readNetworkInterfaces(
  aws: AwsAccess,
  call: string,
  filters: Filters,
): Promise<NetworkInterface[]> {
  const { client, DescribeNetworkInterfacesCommand } = await aws.clients.ec2();
  const Filters = [...filters];
  return aws.pages(
    call,
    (NextToken) => client.send(new DescribeNetworkInterfacesCommand({ Filters, MaxResults: 1000, NextToken })),
    (out) => ({ items: (out.NetworkInterfaces ?? []).map(reduce), next: out.NextToken }),
  );
}

function reduce(e: Ec2NetworkInterface): NetworkInterface {
  const { Attachment: a } = e;
  return {
    eniId: e.NetworkInterfaceId ?? '',
    type: e.InterfaceType ?? 'interface',
    status: e.Status ?? '',
    description: e.Description || undefined,
    origin: eniOrigin(e.Description),
    requesterId: e.RequesterId,
    requesterManaged: e.RequesterManaged ?? false,
    ownerId: e.OwnerId,
    subnetId: e.SubnetId ?? '',
    vpcId: e.VpcId ?? '',
    availabilityZone: e.AvailabilityZone ?? '',
    securityGroupIds: texts(e.Groups?.map((g) => g.GroupId)),
    primaryIp: e.PrivateIpAddress || undefined,
    secondaryIps: texts(e.PrivateIpAddresses?.filter((p) => !p.Primary).map((p) => p.PrivateIpAddress)),
    prefixes: texts(e.Ipv4Prefixes?.map((p) => p.Ipv4Prefix)),
    ipv6Addresses: texts(e.Ipv6Addresses?.map((p) => p.Ipv6Address)),
    ipv6Prefixes: texts(e.Ipv6Prefixes?.map((p) => p.Ipv6Prefix)),
    attachment: a && {
      instanceId: a.InstanceId || undefined,
      deviceIndex: a.DeviceIndex ?? 0,
      networkCardIndex: a.NetworkCardIndex ?? 0,
      status: a.Status ?? '',
      attachedAt: iso(a.AttachTime),
      deleteOnTermination: a.DeleteOnTermination ?? false,
    },
    tags: keptTags(e.TagSet),
  };
}
