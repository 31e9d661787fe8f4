/**
 * The replies of EC2 that grow with the cluster, read by ourselves: requests, signing, retries and errors stay the SDK's, which
 * is left an empty reply to read.
 */
import { type Members, readXml } from './xml-projection.ts';

const TAGS: Members = { key: ['Key', 'text'], value: ['Value', 'text'] };

/** Of each operation what its collector reads, by the names of the wire and of the SDK. */
export const LARGE_REPLIES: Readonly<Record<string, Members>> = {
  DescribeNetworkInterfaces: {
    nextToken: ['NextToken', 'text'],
    networkInterfaceSet: [
      'NetworkInterfaces',
      {
        list: {
          networkInterfaceId: ['NetworkInterfaceId', 'text'],
          interfaceType: ['InterfaceType', 'text'],
          status: ['Status', 'text'],
          description: ['Description', 'text'],
          requesterId: ['RequesterId', 'text'],
          requesterManaged: ['RequesterManaged', 'boolean'],
          ownerId: ['OwnerId', 'text'],
          subnetId: ['SubnetId', 'text'],
          vpcId: ['VpcId', 'text'],
          availabilityZone: ['AvailabilityZone', 'text'],
          groupSet: ['Groups', { list: { groupId: ['GroupId', 'text'] } }],
          privateIpAddress: ['PrivateIpAddress', 'text'],
          privateIpAddressesSet: [
            'PrivateIpAddresses',
            { list: { primary: ['Primary', 'boolean'], privateIpAddress: ['PrivateIpAddress', 'text'] } },
          ],
          ipv4PrefixSet: ['Ipv4Prefixes', { list: { ipv4Prefix: ['Ipv4Prefix', 'text'] } }],
          ipv6AddressesSet: ['Ipv6Addresses', { list: { ipv6Address: ['Ipv6Address', 'text'] } }],
          ipv6PrefixSet: ['Ipv6Prefixes', { list: { ipv6Prefix: ['Ipv6Prefix', 'text'] } }],
          attachment: [
            'Attachment',
            {
              instanceId: ['InstanceId', 'text'],
              deviceIndex: ['DeviceIndex', 'number'],
              networkCardIndex: ['NetworkCardIndex', 'number'],
              status: ['Status', 'text'],
              attachTime: ['AttachTime', 'time'],
              deleteOnTermination: ['DeleteOnTermination', 'boolean'],
            },
          ],
          tagSet: ['TagSet', { list: TAGS }],
        },
      },
    ],
  },
  DescribeInstances: {
    nextToken: ['NextToken', 'text'],
    reservationSet: [
      'Reservations',
      {
        list: {
          instancesSet: [
            'Instances',
            {
              list: {
                instanceId: ['InstanceId', 'text'],
                instanceType: ['InstanceType', 'text'],
                instanceState: ['State', { name: ['Name', 'text'] }],
                subnetId: ['SubnetId', 'text'],
                vpcId: ['VpcId', 'text'],
                placement: ['Placement', { availabilityZone: ['AvailabilityZone', 'text'] }],
                iamInstanceProfile: ['IamInstanceProfile', { arn: ['Arn', 'text'] }],
                imageId: ['ImageId', 'text'],
                ipAddress: ['PublicIpAddress', 'text'],
                launchTime: ['LaunchTime', 'time'],
                metadataOptions: [
                  'MetadataOptions',
                  {
                    httpEndpoint: ['HttpEndpoint', 'text'],
                    httpTokens: ['HttpTokens', 'text'],
                    httpPutResponseHopLimit: ['HttpPutResponseHopLimit', 'number'],
                  },
                ],
                tagSet: ['Tags', { list: TAGS }],
              },
            },
          ],
        },
      },
    ],
  },
};

interface HttpReply {
  body?: unknown;
}

const taken = new WeakMap<object, Record<string, unknown>>();

/** Reads a reply, checked already, in the SDK's place; leaves it alone where the SDK had better. */
export function takeLarge(operation: string, reply: HttpReply, bytes: Uint8Array): void {
  const members = LARGE_REPLIES[operation];
  const value = members && readXml(bytes, `${operation}Response`, members);
  if (value === undefined) return;
  taken.set(reply, value);
  reply.body = Buffer.from(`<${operation}Response><requestId/></${operation}Response>`);
}

/** Middleware of the SDK around its reader of replies: puts what was taken in place of what the SDK made of the rest. */
export function giveLarge(
  next: (args: unknown) => Promise<{ readonly response?: unknown; readonly output: object }>,
): (args: unknown) => Promise<{ readonly response?: unknown; readonly output: object }> {
  return async (args) => {
    const result = await next(args);
    const value =
      typeof result.response === 'object' && result.response !== null ? taken.get(result.response) : undefined;
    return value ? { ...result, output: { ...result.output, ...value } } : result;
  };
}
