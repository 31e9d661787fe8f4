import { describe, expect, it } from 'vitest';
import { eksTargetOf } from '../../../../../src/inspect/collect/kubernetes/kubeconfig/eks-target.ts';

const ENDPOINT = 'https://A1B2C3D4E5F60718293A4B5C6D7E8F90.gr7.eu-west-1.eks.amazonaws.com';

describe('eksTargetOf', () => {
  it('reads the ARN that aws eks update-kubeconfig names everything after', () => {
    const arn = 'arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/prod_1';
    expect(eksTargetOf([arn], {}, 'https://x')).toEqual({
      clusterName: 'prod_1',
      region: 'us-gov-west-1',
      account: '111122223333',
    });
  });

  it('reads the name that eksctl gives', () => {
    expect(eksTargetOf(['alias', 'ada@prod.eu-west-1.eksctl.io'], {}, 'https://x')).toEqual({
      clusterName: 'prod',
      region: 'eu-west-1',
    });
  });

  it('reads the arguments of aws eks get-token, written either way', () => {
    const args = [
      '--region',
      'eu-west-1',
      'eks',
      'get-token',
      '--cluster-name=prod',
      '--output',
      'json',
      '--role-arn',
      'arn:aws:iam::1:role/r',
    ];
    expect(
      eksTargetOf(['prod'], { exec: { args, env: [{ name: 'AWS_PROFILE', value: 'work' }] } }, 'https://x'),
    ).toEqual({
      clusterName: 'prod',
      region: 'eu-west-1',
      profile: 'work',
      roleArn: 'arn:aws:iam::1:role/r',
    });
  });

  it('reads the arguments of aws-iam-authenticator', () => {
    const exec = { command: 'aws-iam-authenticator', args: ['token', '-i', 'prod', '-r', 'arn:aws:iam::1:role/r'] };
    expect(eksTargetOf(['x'], { exec }, ENDPOINT)).toEqual({
      clusterName: 'prod',
      region: 'eu-west-1',
      roleArn: 'arn:aws:iam::1:role/r',
    });
  });

  it('reads the region of the endpoint, and nothing of other servers', () => {
    expect(eksTargetOf(['x'], {}, ENDPOINT)).toEqual({ region: 'eu-west-1' });
    expect(eksTargetOf(['x'], {}, `${ENDPOINT.replace('eu-west-1', 'cn-north-1')}.cn`)).toEqual({
      region: 'cn-north-1',
    });
    expect(eksTargetOf(['kind-kind'], { exec: { args: ['login', '-i', 'x'] } }, 'https://127.0.0.1:6443')).toEqual({});
  });
});
