/** Worlds with a remedy in them. */
import { AWS_RESERVED } from '../../../calc/blocks.ts';
import { type Cidr, formatCidr, sizeOf } from '../../../calc/cidr.ts';
import { Run } from '../../facts/define-fact.ts';
import { networkingWith } from '../../facts/networking.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { Draft } from '../changes/draft.ts';
import { isWorld, type ProjectionWorld, type WorldOptions, worldOf } from '../world.ts';
import type { Patient } from './remedy.ts';

/** Nothing of a remedy is read from a document. */
const NO_TOOLS = { parseText: () => undefined, maxPodsOf: () => undefined };

/** The same snapshot under other options: another pair, other settings. */
export function worldWith({ world }: Patient, options: WorldOptions): ProjectionWorld | undefined {
  const laid = worldOf(world.run, { ...world.options, ...options });
  return isWorld(laid) ? laid : undefined;
}

/** The world of the changed snapshot. */
export function worldLaid(
  { world }: Patient,
  edit: (draft: Draft) => void,
  options: WorldOptions = {},
): ProjectionWorld | undefined {
  const draft = new Draft(world.run.snapshot, { ...NO_TOOLS, catalog: world.run.catalog }, false);
  edit(draft);
  const { snapshot, unknowns } = draft.laid();
  const laid = worldOf(new Run(snapshot, world.run.catalog, world.run.reach), {
    ...world.options,
    ...options,
    unknowns: [...(world.options.unknowns ?? []), ...unknowns],
  });
  return isWorld(laid) ? laid : undefined;
}

/** Variables of aws-node as they would be; nodes give back what these no longer ask for. */
export function withEnv({ world }: Patient, env: Readonly<Record<string, string>>): WorldOptions {
  return { inForce: networkingWith(world.inForce, { env }), trims: true };
}

/** A subnet that the remedy makes, empty. */
export function addSubnet(draft: Draft, subnet: Subnet): void {
  draft.edit('subnets', [], (all) => [...all, subnet]);
  if (draft.data('cidrReservations'))
    draft.edit('cidrReservations', { subnetIds: [], reservations: [] }, (r) => ({
      ...r,
      subnetIds: [...r.subnetIds, subnet.subnetId],
    }));
}

/** Its id stands for the one that EC2 will give it: by its range later commands find it. */
export function emptySubnet(
  vpcId: string,
  availabilityZone: string,
  cidr: Cidr,
  tags: Readonly<Record<string, string>> = {},
): Subnet {
  return {
    subnetId: `new-${availabilityZone}-${formatCidr(cidr)}`,
    vpcId,
    availabilityZone,
    cidr: formatCidr(cidr),
    availableIps: sizeOf(cidr) - AWS_RESERVED,
    state: 'available',
    mapPublicIp: false,
    assignIpv6: false,
    ipv6Native: false,
    dns64: false,
    ipv6Cidrs: [],
    tags: { ...tags },
  };
}
