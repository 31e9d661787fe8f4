import type { KubeObject } from '../clients/kube.ts';
import { list, type World } from './world.ts';

/** Whether a role has this managed policy, or one of its own that names the action. */
export async function mayCall({ aws }: World, RoleName: string, managed: string, action: string): Promise<boolean> {
  const attached = await aws.iam('ListAttachedRolePolicies', { RoleName });
  if (attached.includes(`<PolicyName>${managed}</PolicyName>`)) return true;
  const own = await aws.iam('ListRolePolicies', { RoleName });
  for (const [, PolicyName = ''] of own.matchAll(/<member>([^<]+)<\/member>/g)) {
    const policy = await aws.iam('GetRolePolicy', { RoleName, PolicyName });
    if (decodeURIComponent(policy).includes(action)) return true;
  }
  return false;
}

export const nameOfRole = (arn: string): string => arn.split('/').pop() ?? '';

interface Told extends KubeObject {
  message: string;
  action?: string;
  source?: { component?: string };
}

/** Events of refused calls are an hour old at most: of a call that its role allows by now no further one comes. */
export async function forgetRefusals(world: World): Promise<void> {
  const { ids } = world;
  for (const event of await list<Told>(world, '/api/v1/events', 'v1', 'Event')) {
    if (!/UnauthorizedOperation|missing permissions/.test(event.message)) continue;
    const action = event.action ?? /\b(?:ec2|sagemaker):\w+/.exec(event.message)?.[0] ?? '';
    const mine = event.source?.component !== 'vpc-resource-controller';
    const role = nameOfRole(mine ? ids.nodeRoleArn : ids.clusterRoleArn);
    const managed =
      mine && action.startsWith('ec2:') ? 'AmazonEKS_CNI_Policy' : mine ? '' : 'AmazonEKSVPCResourceController';
    if (await mayCall(world, role, managed, action))
      await world.kube.call('DELETE', `/api/v1/namespaces/${event.metadata.namespace}/events/${event.metadata.name}`);
  }
}
