/** Terraform and OpenTofu plans. A type of resource is one line here, and its reader one file. */
import type { Draft } from './draft.ts';
import type { ChangeDocument } from './reading.ts';
import type { Context, ResourceReader } from './terraform/context.ts';
import { type Plan, parsePlan, type Resource } from './terraform/plan.ts';
import { addon } from './terraform/resources/addon.ts';
import { autoScalingGroup } from './terraform/resources/auto-scaling-group.ts';
import { cluster } from './terraform/resources/cluster.ts';
import { environment, helmRelease, manifests, podTemplate } from './terraform/resources/kubernetes.ts';
import { launchTemplate } from './terraform/resources/launch-template.ts';
import { nodeGroup } from './terraform/resources/node-group.ts';
import { reservation } from './terraform/resources/reservation.ts';
import { stranger } from './terraform/resources/strangers.ts';
import { subnet, subnetDeletion, tag } from './terraform/resources/subnet.ts';
import { fargateProfile, TENANT_TYPES, tenant } from './terraform/resources/tenants.ts';
import { cidrAssociation, vpc } from './terraform/resources/vpc.ts';

interface Known {
  /** Last two parts of the provider's source address: another provider may own a type of the same name. */
  readonly provider: RegExp;
  readonly read: ResourceReader;
}

const AWS = /(^|\/)(hashicorp|opentofu)\/aws$/;
const KUBERNETES = /(^|\/)(hashicorp|opentofu)\/kubernetes$/;
const aws = (read: ResourceReader): Known => ({ provider: AWS, read });

/** In the order in which they are read: what others refer to comes first. */
const READERS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['aws_vpc', aws(vpc)],
  ['aws_vpc_ipv4_cidr_block_association', aws(cidrAssociation)],
  ['aws_subnet', aws(subnet)],
  ['aws_ec2_tag', aws(tag)],
  ['aws_ec2_subnet_cidr_reservation', aws(reservation)],
  ['aws_eks_cluster', aws(cluster)],
  ['aws_launch_template', aws(launchTemplate)],
  ['aws_eks_node_group', aws(nodeGroup)],
  ['aws_autoscaling_group', aws(autoScalingGroup)],
  ['aws_eks_fargate_profile', aws(fargateProfile)],
  ['aws_eks_addon', aws(addon)],
  ['helm_release', { provider: /(^|\/)(hashicorp|opentofu)\/helm$/, read: helmRelease }],
  ['kubernetes_env', { provider: KUBERNETES, read: environment }],
  ...TENANT_TYPES.map((type): [string, Known] => [type, aws(tenant)]),
  ...['deployment', 'daemonset', 'daemon_set', 'stateful_set', 'job', 'cron_job', 'replication_controller', 'pod']
    .flatMap((k) => [`kubernetes_${k}`, `kubernetes_${k}_v1`])
    .map((type): [string, Known] => [type, { provider: KUBERNETES, read: podTemplate }]),
]);

/** Whole objects of Kubernetes, which stand on all the others. */
const MANIFESTS: ReadonlyMap<string, RegExp> = new Map([
  ['kubernetes_manifest', KUBERNETES],
  ['kubectl_manifest', /\/kubectl$/],
  ...['', '_v1', '_v2', '_v2beta1', '_v2beta2'].map((v): [string, RegExp] => [
    `kubernetes_horizontal_pod_autoscaler${v}`,
    KUBERNETES,
  ]),
]);

/** Types that may make subnets, groups, settings or pods in a way that is not read. */
const OPAQUE =
  /^(awscc_(ec2_(subnet|vpc|vpccidr)|eks_|autoscaling_auto_scaling_group)|aws_cloudformation_stack|aws_spot_fleet_request|aws_ec2_fleet|eksctl_|spotinst_(ocean|elastigroup)|castai_|argocd_application|flux_bootstrap|kustomization_resource|k8s_manifest|helmfile_|rancher2_app)/;

/** @throws ChangeError for what is no plan, or one that must not be judged */
export function readTerraform(draft: Draft, document: ChangeDocument): void {
  const plan = parsePlan(document.value);
  const context: Context = { plan, draft, document };
  notes(plan, context);
  const order = [...READERS.keys()];
  const ours = plan.resources.filter((r) => isChange(r) && readerOf(r));
  for (const type of order) for (const r of ours) if (r.type === type) readerOf(r)!(r, context);
  for (const r of ours) if (r.type === 'aws_subnet') subnetDeletion(r, context);
  manifests(
    plan.resources.filter((r) => isChange(r) && isManifest(r)),
    context,
  );
  for (const r of plan.deferred)
    if (readerOf(r) || isManifest(r) || OPAQUE.test(r.type))
      draft.misunderstood(
        document,
        [],
        r.address,
        'Terraform put it off to a later plan: what it comes to is not known',
      );
  for (const r of plan.resources) {
    if (!isChange(r) || readerOf(r) || isManifest(r)) continue;
    if (OPAQUE.test(r.type) && r.action !== 'forget')
      draft.misunderstood(document, [], r.address, `${r.type} may make subnets, nodes or pods, and is not read`);
    else if (r.action === 'forget' || !AWS.test(r.provider) || !stranger(r, context)) draft.ignore();
  }
}

function readerOf({ type, provider }: Pick<Resource, 'type' | 'provider'>): ResourceReader | undefined {
  const known = READERS.get(type);
  return known?.provider.test(provider) ? known.read : undefined;
}

function isManifest({ type, provider }: Pick<Resource, 'type' | 'provider'>): boolean {
  return MANIFESTS.get(type)?.test(provider) === true;
}

function isChange({ action }: Resource): boolean {
  return action !== 'no-op' && action !== 'read';
}

/** What is to be said of the plan as a whole. */
function notes(plan: Plan, { draft, document }: Context): void {
  const say = (statement: string) => draft.effect(document, [], 'plan', statement);
  if (plan.refreshOnly) say('nothing is planned: a refresh takes over what is in the account (-refresh-only)');
  else if (!plan.resources.some(isChange) && plan.deferred.length === 0) say('no changes');
  if (plan.partial) say('only a part was planned (-target, or actions put off): the rest is not judged');
  for (const message of plan.failedChecks) say(`a check of the configuration fails: ${message}`);
}
