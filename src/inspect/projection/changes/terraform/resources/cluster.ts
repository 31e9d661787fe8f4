/** `aws_eks_cluster`: the control plane's subnets, its version, and the end of it. */
import type { Cluster } from '../../../../snapshot/aws.ts';
import { sameSet, text } from '../../fields.ts';
import { type Context, type ResourceReader, say, subnetsOf } from '../context.ts';
import { isReplacement, type Resource } from '../plan.ts';

export const cluster: ResourceReader = (resource, context) => {
  const { draft, document } = context;
  const { action, before, after } = resource;
  const own = draft.data('cluster');
  const name = text((after ?? before)?.get('name'));
  if (action === 'create' && draft.fresh && own === undefined) return create(resource, context);
  if (own === undefined || name !== own.name || action === 'forget') return draft.ignore();
  if (action === 'delete' || isReplacement(resource)) {
    say(
      context,
      resource,
      isReplacement(resource) ? 'the cluster is replaced: every node goes' : 'the cluster is deleted',
    );
    return draft.remove(document, [], { what: 'cluster', id: own.name, address: resource.address });
  }
  if (action === 'update') update(resource, own, context);
};

const SUBNETS = ['vpc_config', 0, 'subnet_ids'] as const;

function create(resource: Resource, context: Context): void {
  const { draft } = context;
  const view = resource.after!;
  const { ids, note } = subnetsOf(resource, SUBNETS, context);
  const ipv6 = view.get('kubernetes_network_config', 0, 'ip_family') === 'ipv6';
  const made: Cluster = {
    name: text(view.get('name')) ?? resource.address,
    arn: '',
    region: text(draft.data('subnets')?.[0]?.availabilityZone.replace(/[a-z]$/, '')) ?? '',
    account: '',
    version: text(view.get('version')) ?? '',
    status: 'CREATING',
    subnetIds: [...ids],
    securityGroupIds: [],
    ipFamily: ipv6 ? 'ipv6' : 'ipv4',
    autoMode: view.get('compute_config', 0, 'enabled') === true,
    outpost: false,
    remoteNodeCidrs: [],
    remotePodCidrs: [],
    health: [],
  };
  draft.edit('cluster', made, () => made);
  const family = ipv6 ? ', IPv6' : '';
  say(
    context,
    resource,
    `a new cluster ${made.name}${made.version === '' ? '' : ` ${made.version}`}${family}${note ? `; ${note}` : ''}`,
    ids,
  );
}

function update(resource: Resource, own: Cluster, context: Context) {
  const { before, after } = resource;
  const { draft } = context;
  const ids = subnetsOf(resource, SUBNETS, context, own.subnetIds).ids;
  const version = text(after?.get('version'));
  const upgraded = version !== undefined && version !== text(before?.get('version')) && version !== own.version;
  const moved = ids.length > 0 && !sameSet(ids, own.subnetIds);
  if (!moved && !upgraded) return draft.ignore();
  draft.edit('cluster', own, (c) => ({ ...c, subnetIds: [...ids], ...(upgraded ? { version: version! } : {}) }));
  const parts = [
    ...(moved ? [`the control plane's subnets go from ${own.subnetIds.length} to ${ids.length}`] : []),
    ...(upgraded ? [`Kubernetes ${own.version} → ${version}: its interfaces are made anew meanwhile`] : []),
  ];
  say(context, resource, parts.join('; '), ids);
}
