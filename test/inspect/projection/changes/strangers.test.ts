/** Resources of a Terraform plan that are no part of EKS and take addresses where nodes and pods do. */
import { describe, expect, it } from 'vitest';
import type { Laid } from '../../../../src/inspect/projection/changes/reading.ts';
import { lay, projectedOver } from '../../../support/change-world.ts';
import { left } from '../../../support/plan-world.ts';
import { World } from '../../checks/world.ts';

const cluster = () =>
  new World()
    .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-b', '10.0.1.0/24', 'eu-west-1b')
    .subnet('subnet-db', '10.0.2.0/24', 'eu-west-1a')
    .node('a', { home: 'subnet-a', primary: 9, further: [9], running: 9 })
    .snapshot({ nodegroups: [] });

function planned(type: string, after: Readonly<Record<string, unknown>>, unknown = {}, before?: object): Promise<Laid> {
  const change = {
    actions: before ? ['update'] : ['create'],
    before: before ?? null,
    after,
    after_unknown: unknown,
  };
  const of = {
    address: `${type}.x`,
    mode: 'managed',
    type,
    name: 'x',
    provider_name: 'registry.terraform.io/hashicorp/aws',
  };
  return lay({ format_version: '1.2', resource_changes: [{ ...of, change }] }, cluster());
}

describe('a tenant beside the cluster', () => {
  it.each([
    ['nine further addresses by number', { private_ips_count: 9 }, 10],
    ['those it names', { private_ips: ['10.0.1.10', '10.0.1.11', '10.0.1.12'] }, 3],
    ['one', {}, 1],
  ])('an interface takes %s', async (_, after, addresses) => {
    const change = await planned('aws_network_interface', { subnet_id: 'subnet-b', ...after });
    const said = addresses === 1 ? 'an address' : `${addresses} addresses`;
    expect(change.effects.map((e) => e.statement)).toEqual([`an interface takes ${said} in subnet-b`]);
    // what is free before the nodes of today are settled
    const { subnets } = change.snapshot;
    if (!('data' in subnets)) throw new Error('no subnets');
    expect(subnets.data.find((s) => s.subnetId === 'subnet-b')!.availableIps).toBe(251 - addresses);
  });

  it('that grows takes what it has not yet, and one that finds no room is told', async () => {
    const grown = await planned(
      'aws_network_interface',
      { subnet_id: 'subnet-b', private_ips_count: 9 },
      {},
      { subnet_id: 'subnet-b', private_ips_count: 4 },
    );
    expect(grown.effects.map((e) => e.statement)).toEqual(['an interface takes 5 addresses in subnet-b']);
    const full = new World()
      .subnet('subnet-a', '10.0.0.0/28', 'eu-west-1a')
      .foreign('eni-x', 'subnet-a', 11)
      .snapshot();
    const change = { actions: ['create'], before: null, after: { subnet_id: 'subnet-a' }, after_unknown: {} };
    const of = { address: 'aws_instance.x', mode: 'managed', type: 'aws_instance', name: 'x' };
    const provider = 'registry.terraform.io/hashicorp/aws';
    const plan = { format_version: '1.2', resource_changes: [{ ...of, provider_name: provider, change }] };
    expect((await lay(plan, full)).effects.map((e) => e.statement)).toEqual([
      'an instance finds no room for an address in subnet-a',
    ]);
  });

  it('or a node group that Terraform put off is not understood', async () => {
    const put = (type: string, of = 'hashicorp/aws') => ({
      reason: 'resource_config_unknown',
      resource_change: {
        ...{ address: `${type}.x`, mode: 'managed', type, name: 'x', provider_name: `registry.terraform.io/${of}` },
        change: { actions: ['create'], before: null, after: {}, after_unknown: {} },
      },
    });
    const deferred = [
      put('aws_eks_node_group'),
      put('aws_iam_role'),
      put('kubernetes_manifest', 'hashicorp/kubernetes'),
    ];
    const change = await lay({ format_version: '1.2', resource_changes: [], deferred_changes: deferred }, cluster());
    expect(change.notUnderstood.map((n) => n.address)).toEqual(['aws_eks_node_group.x', 'kubernetes_manifest.x']);
    expect(change.effects).toEqual([]);
  });

  it.each([
    ['aws_lb', { load_balancer_type: 'network', subnets: ['subnet-a'] }],
    ['aws_lb', { subnet_mapping: [{ subnet_id: 'subnet-a' }] }],
    ['aws_instance', { subnet_id: 'subnet-a' }],
    ['aws_lambda_function', { vpc_config: [{ subnet_ids: ['subnet-a'] }] }],
    ['aws_ec2_transit_gateway_vpc_attachment', { subnet_ids: ['subnet-a'] }],
  ])('%s takes an address, and is named: %j', async (type, after) => {
    const change = await planned(type, after);
    expect(change.effects).toMatchObject([{ address: `${type}.x`, subnets: ['subnet-a'] }]);
    expect(left(await projectedOver(change, 'today'))).toMatchObject({ 'subnet-a': 230 });
  });

  it.each([
    ['aws_ecs_service', { desired_count: 8, network_configuration: [{ subnets: ['subnet-a'] }] }],
    ['aws_opensearch_domain', { vpc_options: [{ subnet_ids: ['subnet-a'] }] }],
    ['aws_msk_cluster', { broker_node_group_info: [{ client_subnets: ['subnet-a'] }] }],
  ])('%s takes nobody knows how many: named, and no pass', async (type, after) => {
    const change = await planned(type, after);
    expect(change.effects).toMatchObject([{ address: `${type}.x`, subnets: ['subnet-a'] }]);
    expect(change.unknowns).toMatchObject([{ reason: expect.stringContaining(`${type}.x`) }]);
    expect((await projectedOver(change, 'today')).verdict).toBe('incomplete');
  });

  it.each([
    ['aws_db_subnet_group', { subnet_ids: ['subnet-a'] }],
    ['aws_route_table_association', { subnet_id: 'subnet-a' }],
    // no subnet of nodes or pods
    ['aws_ecs_service', { network_configuration: [{ subnets: ['subnet-db'] }] }],
    ['aws_s3_bucket', { bucket: 'subnet-a-logs' }],
  ])('%s is no concern: %j', async (type, after) => {
    const change = await planned(type, after);
    expect([change.effects, change.unknowns, change.unconcerned]).toEqual([[], [], 1]);
  });

  it('is one that was there already where an update leaves its subnets as they are', async () => {
    const at = { network_configuration: [{ subnets: ['subnet-a'] }] };
    const change = await planned('aws_ecs_service', { ...at, desired_count: 9 }, {}, { ...at, desired_count: 8 });
    expect(change.unknowns).toEqual([]);
  });
});

describe('what Terraform applies to Kubernetes in words of its own', () => {
  const applied = (
    type: string,
    after: object | null,
    before: object | null = null,
    provider = 'hashicorp/kubernetes',
  ) => {
    const actions = after === null ? ['delete'] : before === null ? ['create'] : ['update'];
    const of = { address: `${type}.x`, mode: 'managed', type, name: 'x' };
    const change = { actions, before, after, after_unknown: {} };
    const provider_name = `registry.terraform.io/${provider}`;
    return lay({ format_version: '1.2', resource_changes: [{ ...of, provider_name, change }] }, cluster());
  };
  const awsNode = (env: object[]) => ({
    ...{ api_version: 'apps/v1', kind: 'DaemonSet', container: 'aws-node' },
    ...{ metadata: [{ name: 'aws-node', namespace: 'kube-system' }], env },
  });
  const prefixes = { name: 'ENABLE_PREFIX_DELEGATION', value: 'true', value_from: [] };

  it('reads variables of aws-node', async () => {
    const on = await applied('kubernetes_env', awsNode([prefixes]));
    expect(on.effects.map((e) => e.statement)).toEqual(['aws-node: ENABLE_PREFIX_DELEGATION unset → true']);
    const unset = await applied(
      'kubernetes_env',
      awsNode([{ name: 'WARM_IP_TARGET', value_from: [{ secret_key_ref: [] }] }]),
    );
    expect(unset.unknowns.map((u) => u.reason).join()).toContain('WARM_IP_TARGET');
    const other = await applied('kubernetes_env', {
      ...awsNode([prefixes]),
      metadata: [{ name: 'a', namespace: 'b' }],
    });
    expect([other.effects, other.unconcerned]).toEqual([[], 1]);
  });

  it('reads the bounds of an autoscaler', async () => {
    const change = await applied('kubernetes_horizontal_pod_autoscaler_v2', {
      metadata: [{ name: 'h', namespace: 'shop' }],
      spec: [{ min_replicas: 12, max_replicas: 40, scale_target_ref: [{ kind: 'Deployment', name: 'web' }] }],
    });
    expect(change.effects.map((e) => e.statement)).toEqual([
      "Deployment/web scales from 12 to 40 pods, now 9; 3 on today's nodes at once",
    ]);
  });

  it.each([
    ['argocd_application', 'argoproj-labs/argocd'],
    ['kustomization_resource', 'kbst/kustomization'],
    ['spotinst_ocean_aws', 'spotinst/spotinst'],
    ['eksctl_cluster', 'mumoshu/eksctl'],
  ])('names %s, which makes pods or nodes', async (type, provider) => {
    const change = await applied(type, { spec: [] }, null, provider);
    expect(change.notUnderstood.map((n) => n.address)).toEqual([`${type}.x`]);
  });
});
