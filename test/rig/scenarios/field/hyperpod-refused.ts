import { node, small } from '../small.ts';
import { HYPERPOD_CNI, HYPERPOD_NODE } from './hyperpod.ts';

export const hyperpodRefused = small({
  name: 'hyperpod-refused',
  story: 'SageMaker refuses aws-node a further ENI on a HyperPod node (amazon-vpc-cni-k8s#3874).',
  nodes: { a: node('a', 12), b: node('b', 10) },
  foreignNodes: { hp: HYPERPOD_NODE },
  pods: [HYPERPOD_CNI],
  events: [
    {
      node: 'hp',
      component: 'aws-node',
      reason: 'MissingIAMPermissions',
      action: 'sagemaker:AttachClusterNodeNetworkInterface',
      message:
        'Unauthorized operation: failed to call sagemaker:AttachClusterNodeNetworkInterface due to missing permissions. Please refer https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md to attach relevant policy to IAM role',
    },
  ],
  told: ['PLT008/attach-refused', 'IAM001 <- PLT008'],
  shows: { PLT008: { refused: 'sagemaker:AttachClusterNodeNetworkInterface' } },
});
