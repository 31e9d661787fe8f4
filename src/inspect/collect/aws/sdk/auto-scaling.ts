/** Of the SDK for this service what is used, and nothing else: the rest stays out of the bundle. All of it only reads. */
export {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
