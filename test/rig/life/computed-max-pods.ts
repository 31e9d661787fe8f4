import { limitsOf } from '../scenarios/plan.ts';

/** The number EKS computes for a group without a template, of types with less than 30 vCPUs. */
export function computedMaxPods(env: Record<string, string>, type: string): number {
  const { enis, addresses } = limitsOf(type);
  const own = enis - (env.AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG === 'true' ? 1 : 0);
  const each = (addresses - 1) * (env.ENABLE_PREFIX_DELEGATION === 'true' ? 16 : 1);
  return Math.min(110, own * each + 2);
}
