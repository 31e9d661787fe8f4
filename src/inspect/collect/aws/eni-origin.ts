/**
 * What an ENI's description says of its creator. Descriptions are conventions of each service, seen in replies of the
 * EC2 API and in the tables of cloud-custodian (`c7n/utils.py:get_eni_resource_type`) and awslabs/aws-support-tools; case
 * matters (`aws-K8S-` is ipamd's, `aws-k8s-` the resource controller's).
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
  [/^Interface for NAT Gateway(?: (nat-[0-9a-f]+))?/, 'nat-gateway'],
  [/^ELB (?:net|app|gwy)\/([^/]+)/, 'load-balancer'],
  [/^ELB (\S+)$/, 'load-balancer'],
  [/^aws-elb/, 'load-balancer'],
  [/^VPC Endpoint Interface(?: (vpce-[0-9a-f]+))?/, 'vpc-endpoint'],
  [/^AWS Lambda VPC\b(?: ENI-(.+?)(?:-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$)?/, 'lambda'],
  [/^EFS mount target(?: for (fs-[0-9a-f]+))?/, 'efs'],
  [
    /^(?:Amazon |AWS created network interface for )?(?=FSx|file system|fs-[0-9a-f]{8})(?:.*?(fs-[0-9a-f]{8,}))?/,
    'fsx',
  ],
  [/^RDSNetworkInterface/, 'rds'],
  [/^Network interface for DBProxy ?(\S+)?/, 'rds-proxy'],
  [/^ElastiCache(?:[ +](\S+))?/, 'elasticache'],
  [/^(?:Amazon )?MemoryDB(?: .*?(\S+)$)?/, 'memorydb'],
  [/^Redshift/, 'redshift'],
  [/^DAX\b ?(\S+)?/, 'dax'],
  [/^AWS CodeBuild/, 'codebuild'],
  [/^AWS Code(?:Star )?Connections/, 'codestar'],
  [/^arn:aws[a-z-]*:ecs:[^:]*:[^:]*:(attachment\/\S+)/, 'ecs-task'],
  [/^DMSNetworkInterface/, 'dms'],
  [/^ES (\S+)/, 'opensearch'],
  [/Amazon MSK.*:cluster\/([^/]+)\//, 'msk'],
  [/^(?:DO NOT DELETE - )?Amazon MSK/, 'msk'],
  [/^Amazon MQ\b(?:.*?(b-[0-9a-f-]+))?/, 'mq'],
  [/^Amazon (?:Kinesis|Data) Firehose(?: - [^:]*:([^:]+))?/, 'firehose'],
  [/^Route 53 Resolver: ?(rslvr-[a-z]+-[0-9a-f]+)?/, 'route53-resolver'],
  [/^AWS created network interface for directory ?(d-[0-9a-f]+)?/, 'directory-service'],
  [/^Created By Amazon Work[Ss]paces/, 'workspaces'],
  [/AppStream/, 'appstream'],
  [/^(?:AWS ElasticMapReduce|Amazon (?:EMR|ElasticMapReduce))\b(?:.*?(j-[0-9A-Z]+))?/, 'emr'],
  [/^Attached to (?:AWS )?Glue\b/, 'glue'],
  [/^\[do not delete\] .*SageMaker(?: Notebook Instance (\S+)|.*?\((d-[0-9a-z]+)\))?/i, 'sagemaker'],
  [/^datasync(?: (\S+))?/i, 'datasync'],
  [/^CloudHSM\b(?:.*?(hsm-\S+))?/i, 'cloudhsm'],
  [/^ENI managed by API ?Gateway/, 'api-gateway'],
  [/^Network Interface for Transit Gateway Attachment ?(tgw-attach-[0-9a-f]+)?/, 'transit-gateway'],
  [/^Network Interface for Core Network/i, 'cloud-wan'],
  [/^Client ?VPN\b(?:.*?(cvpn-endpoint-[0-9a-f]+))?/, 'client-vpn'],
  [/^(?:AWS )?Global ?Accelerator/, 'global-accelerator'],
  [/^EC2 Instance Connect Endpoint(?:.*?(eice-[0-9a-f]+))?/, 'instance-connect'],
  [/Network Firewall/, 'network-firewall'],
];

export function eniOrigin(description: string | undefined): EniOrigin {
  if (!description) return { kind: 'none' };
  for (const [pattern, kind] of CONVENTIONS) {
    const match = pattern.exec(description);
    if (!match) continue;
    const id = match.slice(1).find((group) => group !== undefined && group !== '');
    return id ? { kind, id } : { kind };
  }
  return { kind: 'other' };
}
