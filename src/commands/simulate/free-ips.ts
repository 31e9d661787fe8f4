/** Free addresses of the node's subnets as they are typed: `node=12,pod=200,pod-blocks=3`. */
import type { NodeSubnets, SubnetFree } from '../../calc/ipamd/index.ts';
import { UsageError } from '../exit-code.ts';

const NAMES = ['node', 'pod'] as const;

/**
 * What is left in the subnets before the node exists, its primary address included.
 * @throws UsageError for what cannot be read, and for a pod subnet that no custom networking asks for
 */
export function parseFreeIps(text: string, customNetworking: boolean): NodeSubnets {
  const given = new Map<string, number>();
  for (const part of text.split(',')) {
    const match = /^\s*((?:node|pod)(?:-blocks)?)\s*=\s*(\d{1,8})\s*$/.exec(part);
    if (!match)
      throw new UsageError(
        `--free-ips ${JSON.stringify(part)} must be node=12 or pod=200, with node-blocks=1 or pod-blocks=3 for their free /28`,
      );
    given.set(match[1]!, Number(match[2]));
  }
  const [node, pod] = NAMES.map((name) => subnet(given.get(name), given.get(`${name}-blocks`)));
  if (pod && !customNetworking)
    throw new UsageError(
      '--free-ips pod= is about the subnet of an ENIConfig: it counts with --env AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=true only',
    );
  return { ...(node ? { node } : {}), ...(pod ? { pod } : {}) };
}

function subnet(freeIPs: number | undefined, freeBlocks28: number | undefined): SubnetFree | undefined {
  if (freeIPs === undefined && freeBlocks28 === undefined) return undefined;
  return {
    freeIPs: freeIPs ?? Number.POSITIVE_INFINITY,
    ...(freeBlocks28 === undefined ? {} : { freeBlocks28 }),
  };
}
