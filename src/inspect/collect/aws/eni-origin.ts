/**
 * What an ENI's description says of its creator. Descriptions are conventions of each service, seen in replies of the
 * EC2 API; case matters (`aws-K8S-` is ipamd's, `aws-k8s-` the resource controller's).
 */
import type { EniOrigin } from '../../snapshot/ec2.ts';

type Kind = EniOrigin['kind'];

/** First match wins; the first group, where there is one, is the id. */
const CONVENTIONS: readonly (readonly [RegExp, Kind])[] = [
  [/^aws-k8s-branch-eni/, 'cni-branch'],
  [/^aws-k8s-trunk-eni/, 'cni-trunk'],
  // amazon-vpc-cni-k8s pkg/awsutils/awsutils.go eniDescriptionPrefix: the prefix and the instance
  [/^aws-K8S-(i-[0-9a-f]+)?/, 'cni-secondary'],
  [/^Amazon EKS (\S+)$/, 'eks-control-plane'],
  [/^Interface for NAT Gateway (nat-[0-9a-f]+)/, 'nat-gateway'],
  [/^ELB (?:net|app|gwy)\/([^/]+)/, 'load-balancer'],
  [/^ELB (\S+)$/, 'load-balancer'],
  [/^VPC Endpoint Interface (vpce-[0-9a-f]+)/, 'vpc-endpoint'],
  [/^AWS Lambda VPC ENI(?:-(.+?))?(?:-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/, 'lambda'],
  [/^EFS mount target for (fs-[0-9a-f]+)/, 'efs'],
  [/^RDSNetworkInterface/, 'rds'],
  [/^ElastiCache ?(\S+)?/, 'elasticache'],
  [/^RedshiftNetworkInterface/, 'redshift'],
  [/^DAX ?(\S+)?/, 'dax'],
  [/^AWS CodeBuild/, 'codebuild'],
  [/^arn:aws[a-z-]*:ecs:[^:]*:[^:]*:(attachment\/\S+)/, 'ecs-task'],
  [/^DMSNetworkInterface/, 'dms'],
  [/^ES (\S+)/, 'opensearch'],
  [/Amazon MSK.*:cluster\/([^/]+)\//, 'msk'],
  [/^(?:DO NOT DELETE - )?Amazon MSK/, 'msk'],
  [/^Route 53 Resolver: ?(rslvr-[a-z]+-[0-9a-f]+)?/, 'route53-resolver'],
  [/^AWS created network interface for directory ?(d-[0-9a-f]+)?/, 'directory-service'],
  [/^Amazon EMR/, 'emr'],
  [/^Attached to Glue using role/, 'glue'],
  [/Network Firewall/, 'network-firewall'],
];

export function eniOrigin(description: string | undefined): EniOrigin {
  if (!description) return { kind: 'none' };
  for (const [pattern, kind] of CONVENTIONS) {
    const match = pattern.exec(description);
    if (match) return match[1] ? { kind, id: match[1] } : { kind };
  }
  return { kind: 'other' };
}
