import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eniOrigin } from '../../../../src/inspect/collect/aws/eni-origin.ts';

interface Recording {
  readonly Description?: string;
  readonly InterfaceType?: string;
  readonly RequesterId?: string;
}

/** Replies of the real API, published by another project's tests. */
const RECORDED = interfacesIn(JSON.parse(readFileSync('test/rig/recordings/network-interfaces.json', 'utf8')));

function interfacesIn(value: unknown): Recording[] {
  if (Array.isArray(value)) return value.flatMap(interfacesIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'NetworkInterfaceId' in value ? [value as Recording] : [];
  return [...own, ...Object.values(value).flatMap(interfacesIn)];
}

describe('eniOrigin', () => {
  it.each([
    ['aws-K8S-i-0a1b2c3d4e5f60718', { kind: 'cni-secondary', id: 'i-0a1b2c3d4e5f60718' }],
    ['aws-k8s-branch-eni', { kind: 'cni-branch' }],
    ['aws-k8s-trunk-eni', { kind: 'cni-trunk' }],
    ['Amazon EKS prod-eu', { kind: 'eks-control-plane', id: 'prod-eu' }],
    ['ELB net/shop-ingress/50dc6c495c0c9188', { kind: 'load-balancer', id: 'shop-ingress' }],
    ['ELB app/shop/1234567890abcdef', { kind: 'load-balancer', id: 'shop' }],
    ['ELB classic-one', { kind: 'load-balancer', id: 'classic-one' }],
    [
      'AWS Lambda VPC ENI-billing-export-6f1e5e0c-71f1-4a8a-9f4e-0d0f3c6b2a11',
      { kind: 'lambda', id: 'billing-export' },
    ],
    ['RDSNetworkInterface', { kind: 'rds' }],
    ['ElastiCache sessions-001', { kind: 'elasticache', id: 'sessions-001' }],
    [
      'Route 53 Resolver: rslvr-in-0a1b2c3d4e5f60718:rni-1',
      { kind: 'route53-resolver', id: 'rslvr-in-0a1b2c3d4e5f60718' },
    ],
    ['AWS created network interface for directory d-906712a6b1', { kind: 'directory-service', id: 'd-906712a6b1' }],
    [
      'DO NOT DELETE - Amazon MSK network interface for cluster arn:aws:kafka:eu-west-1:1:cluster/logs/ab-1',
      { kind: 'msk', id: 'logs' },
    ],
    [
      'Network interface for DBProxy proxy-1734138353499-orders',
      { kind: 'rds-proxy', id: 'proxy-1734138353499-orders' },
    ],
    ['ElastiCache+sessions', { kind: 'elasticache', id: 'sessions' }],
    ['AWS ElasticMapReduce - j-3H6EATEWWRWS', { kind: 'emr', id: 'j-3H6EATEWWRWS' }],
    ['AWS ElasticMapReduce', { kind: 'emr' }],
    ['ENI managed by APIGateway', { kind: 'api-gateway' }],
    ['AWS CodeStar Connections', { kind: 'codestar' }],
    ['CloudHSM Managed Interface', { kind: 'cloudhsm' }],
    ['CloudHsm ENI hsm-lmn2oa4xkdq', { kind: 'cloudhsm', id: 'hsm-lmn2oa4xkdq' }],
    [
      'Amazon Kinesis Firehose - 111122223333:kinesis-firehose-payments:1641374697543.',
      { kind: 'firehose', id: 'kinesis-firehose-payments' },
    ],
    [
      'Network Interface for Transit Gateway Attachment tgw-attach-06bf47fa39e5d1578',
      { kind: 'transit-gateway', id: 'tgw-attach-06bf47fa39e5d1578' },
    ],
    [
      'Amazon MQ network interface for broker b-03a68f4f-b3f4-43d9-8b61-bcfde3d37c3c',
      { kind: 'mq', id: 'b-03a68f4f-b3f4-43d9-8b61-bcfde3d37c3c' },
    ],
    [
      '[DO NOT DELETE] ENI managed by SageMaker for Studio Domain(d-vegsk0mcgrdp) - 946a4c21ed31356ee889a8dd95fde7cf',
      { kind: 'sagemaker', id: 'd-vegsk0mcgrdp' },
    ],
    [
      '[Do not delete] Network Interface created to access resources in your VPC for SageMaker Notebook Instance lab-1',
      { kind: 'sagemaker', id: 'lab-1' },
    ],
    ['Attached to Glue using role: arn:aws:iam::111122223333:role/etl', { kind: 'glue' }],
    ['Created By Amazon Workspaces for AWS Account ID 111122223333', { kind: 'workspaces' }],
    ['datasync task-0f3b', { kind: 'datasync', id: 'task-0f3b' }],
    [
      'ClientVPN Endpoint resource for cvpn-endpoint-0a1b2c3d4e5f60718',
      { kind: 'client-vpn', id: 'cvpn-endpoint-0a1b2c3d4e5f60718' },
    ],
    ['AWS created network interface for fs-0a1b2c3d4e5f60718', { kind: 'fsx', id: 'fs-0a1b2c3d4e5f60718' }],
    ['AWS Lambda VPC ENI: 5a1b2c3d-0000-0000-0000-000000000000', { kind: 'lambda' }],
    ['AWS Lambda VPC ENI-short', { kind: 'lambda', id: 'short' }],
    ['', { kind: 'none' }],
    ['my own appliance', { kind: 'other' }],
    // what a company writes of its own: these only look like a service's words
    ['EMRe imaging gateway', { kind: 'other' }],
    ['Firehose proxy', { kind: 'other' }],
    ['fs-backup appliance', { kind: 'other' }],
    // the resource controller writes lower case, ipamd upper case: neither may pass for the other
    ['aws-k8s-i-0a1b2c3d4e5f60718', { kind: 'other' }],
  ])('%s', (description, origin) => {
    expect(eniOrigin(description)).toEqual(origin);
  });

  it('tells the creators of recorded interfaces', () => {
    const kinds = RECORDED.map((r) => [r.Description, eniOrigin(r.Description)] as const);
    const of = (start: string) => kinds.find(([d]) => d?.startsWith(start))?.[1];
    expect(of('Interface for NAT Gateway')).toEqual({ kind: 'nat-gateway', id: 'nat-001ede673d090598b' });
    expect(of('EFS mount target')).toEqual({ kind: 'efs', id: 'fs-028d2a86fa813320a' });
    expect(of('VPC Endpoint Interface')).toMatchObject({ kind: 'vpc-endpoint' });
    expect(of('arn:aws:ecs:')).toMatchObject({ kind: 'ecs-task', id: expect.stringMatching(/^attachment\//) });
    expect(of('ELB ')).toEqual({ kind: 'load-balancer', id: 'test-load-balancer' });
    expect(RECORDED.length).toBeGreaterThan(10);
  });

  it('leaves no service of the recordings without a kind, except those the interface type names', () => {
    const unknown = RECORDED.filter(
      (r) => r.RequesterId?.startsWith('amazon-') && eniOrigin(r.Description).kind === 'other',
    );
    expect(unknown).toEqual([]);
  });
});
