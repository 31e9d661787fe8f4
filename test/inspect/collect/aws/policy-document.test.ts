import { describe, expect, it } from 'vitest';
import { statementsOf, trustOf } from '../../../../src/inspect/collect/aws/policy-document.ts';

const encoded = (document: unknown) => encodeURIComponent(JSON.stringify(document));

describe('a policy document', () => {
  it('is read as IAM sends it, single texts as lists of one', () => {
    const document = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: 'arn:aws:ec2:*:*:network-interface/*' },
        {
          Effect: 'Deny',
          NotAction: ['ec2:Describe*'],
          NotResource: ['*'],
          Condition: { StringEquals: { 'aws:ResourceTag/team': ['a', 'b'] }, Bool: { 'aws:ViaAWSService': false } },
        },
      ],
    };
    expect(statementsOf(encoded(document))).toEqual([
      {
        effect: 'Allow',
        actions: ['ec2:CreateTags'],
        notActions: [],
        resources: ['arn:aws:ec2:*:*:network-interface/*'],
        notResources: [],
        conditions: [],
      },
      {
        effect: 'Deny',
        actions: [],
        notActions: ['ec2:Describe*'],
        resources: [],
        notResources: ['*'],
        conditions: [
          { operator: 'StringEquals', key: 'aws:ResourceTag/team', values: ['a', 'b'] },
          { operator: 'Bool', key: 'aws:ViaAWSService', values: ['false'] },
        ],
      },
    ]);
  });

  it('may hold one statement without a list, and be plain JSON', () => {
    const document = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
    expect(statementsOf(document)).toHaveLength(1);
  });

  it('gives nothing where it is none', () => {
    for (const broken of [undefined, '', '{', '%7B', '[]', 'null', '{"Statement":[null,1]}'])
      expect(statementsOf(broken)).toEqual([]);
  });

  it('names who may assume a role', () => {
    const trust = trustOf(
      encoded({
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: ['pods.eks.amazonaws.com'] },
            Action: ['sts:AssumeRole', 'sts:TagSession'],
          },
          { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' },
        ],
      }),
    );
    expect(trust.map((t) => [t.principals, t.actions])).toEqual([
      [['pods.eks.amazonaws.com'], ['sts:AssumeRole', 'sts:TagSession']],
      [['*'], ['sts:AssumeRole']],
    ]);
  });
});
