import { World } from '../world.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

/** Zone a all but empty, zone b with room. */
const uneven = (hidden: number) => plain().hide('subnet-0a', hidden);

export const sub003: Case = {
  fires: [
    {
      name: 'a zone below a tenth while the other has most of its addresses',
      of: uneven(211).snapshot(),
      want: [
        {
          id: 'SUB003:eu-west-1a',
          severity: 'warning',
          confidence: 'derived',
          evidence: {
            zones: [
              { zone: 'eu-west-1a', nodes: 1, free: 20, total: 251 },
              { zone: 'eu-west-1b', nodes: 1, free: 231, total: 251 },
            ],
          },
          says: /^eu-west-1a with 1 node has 20 of 251 \(8 %\) addresses left for pods; eu-west-1b with 1 node has 231 of 251 \(92 %\)$/,
          commands: [/^aws ec2 create-subnet .*--availability-zone eu-west-1a /],
        },
      ],
    },
    {
      name: 'not even another node fits there',
      of: uneven(230).snapshot(),
      want: [{ id: 'SUB003:eu-west-1a', severity: 'error' }],
    },
    {
      name: 'most nodes where few addresses are',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/25', 'eu-west-1a')
        .subnet('subnet-0b', '10.0.1.0/25', 'eu-west-1b')
        .node('n1', { home: 'subnet-0a', primary: 9, running: 5 })
        .node('n2', { home: 'subnet-0a', primary: 9, running: 5 })
        .node('n3', { home: 'subnet-0a', primary: 9, running: 5 })
        .node('n4', { home: 'subnet-0b', primary: 9, running: 5 })
        .hide('subnet-0a', 75)
        .hide('subnet-0b', 70)
        .snapshot(),
      want: [
        {
          id: 'SUB003:eu-west-1a',
          severity: 'warning',
          evidence: {
            zones: [
              { nodes: 3, free: 18 },
              { nodes: 1, free: 43 },
            ],
          },
        },
      ],
    },
  ],
  quiet: [
    { name: 'both have room', of: plain().snapshot() },
    { name: 'a fifth is left', of: uneven(180).snapshot() },
    {
      name: 'both are nearly empty: that is no matter of zones',
      of: plain().hide('subnet-0a', 211).hide('subnet-0b', 211).snapshot(),
    },
  ],
};

/** A subnet both clusters discover; the other one's node holds 30 addresses in it. */
const shared = (tags: Record<string, string>, other = 'staging') =>
  plain()
    .subnet('subnet-disc', '10.0.8.0/24', 'eu-west-1a', { tags: { 'kubernetes.io/role/cni': '1', ...tags } })
    .foreign('eni-other', 'subnet-disc', 30, {
      status: 'in-use',
      origin: { kind: 'cni-secondary', id: 'i-other' },
      tags: {
        'node.k8s.amazonaws.com/instance_id': 'i-other',
        'cluster.k8s.amazonaws.com/name': other,
      },
    });

export const sub008: Case = {
  fires: [
    {
      name: 'another cluster holds addresses in it',
      of: shared({}).snapshot(),
      want: [
        {
          id: 'SUB008:subnet-disc',
          severity: 'warning',
          confidence: 'observed',
          evidence: { clusters: [{ name: 'staging', addresses: 30 }], tagWorks: true },
          commands: [
            / CLUSTER_NAME=prod$/,
            /^aws ec2 create-tags --resources subnet-disc --tags '?Key=cni\.networking\.k8s\.aws\/cluster\/prod,Value=shared'? --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'another cluster stands in the VPC and holds nothing there yet',
      of: shared({}, 'prod')
        .foreign('eni-far', 'subnet-0b', 1, {
          origin: { kind: 'cni-secondary', id: 'i-other' },
          tags: { 'cluster.k8s.amazonaws.com/name': 'staging' },
        })
        .snapshot(),
      want: [
        {
          id: 'SUB008:subnet-disc',
          severity: 'info',
          confidence: 'derived',
          evidence: { clusters: [{ name: 'staging', addresses: 0 }] },
          says: /staging of the same VPC may take some/,
        },
      ],
    },
  ],
  quiet: [
    { name: 'tagged for one cluster', of: shared({ 'cni.networking.k8s.aws/cluster/prod': 'shared' }).snapshot() },
    { name: 'only this cluster is there', of: shared({}, 'prod').snapshot() },
    { name: 'closed to all', of: shared({ 'kubernetes.io/role/cni': '0' }).snapshot() },
    { name: 'discovery is off', of: shared({}).snapshot({ env: { ENABLE_SUBNET_DISCOVERY: 'false' } }) },
  ],
};
