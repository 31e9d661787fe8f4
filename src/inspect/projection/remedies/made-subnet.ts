/** Subnets that a remedy makes or takes into use, one a zone. */
import { newSubnetInputs, planSubnet, type SubnetPlan } from '../../checks/fixes/new-subnet.ts';
import { count, listed } from '../../contract/words.ts';
import { inputsOf } from '../../facts/define-fact.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { emptySubnet } from './lay.ts';
import type { Patient } from './remedy.ts';
import { lengthsFor } from './sizing.ts';

/** A zone in which pods get another subnet. */
export interface ZoneWish {
  readonly zone: string;
  readonly vpcId: string;
  /** A subnet whose routes the new one shall have: the one that is short. */
  readonly like: Subnet;
  /** Addresses it lacks, prefixes counted as 16. */
  readonly lack: number;
  /** One that is there, has room and is meant for pods; undefined: a new one is made. */
  readonly present?: Subnet;
}

/** A subnet as it will be, and the commands that make it; undefined where the VPC has no room for it. */
export interface Made {
  readonly wish: ZoneWish;
  readonly subnet: Subnet;
  readonly plan?: SubnetPlan;
}

export function madeFor(patient: Patient, wish: ZoneWish, tags: Readonly<Record<string, string>>): Made | undefined {
  if (wish.present) return { wish, subnet: wish.present };
  const { vpcId, zone, like, lack } = wish;
  const key = JSON.stringify([zone, tags]);
  const known = patient.planned.get(key);
  const plan =
    known && known.addresses >= lack
      ? known
      : planSubnet(inputsOf(patient.run, newSubnetInputs), { vpcId, zone, ...lengthsFor(lack), like, tags });
  if (!plan) return undefined;
  patient.planned.set(key, plan);
  return { wish, subnet: emptySubnet(vpcId, zone, plan.cidr, tags), plan };
}

/** `10.0.64.0/20 in eu-west-1a`. */
export function titleOf(made: readonly Made[], what: string): string {
  const places = made.map(({ subnet, wish }) =>
    wish.present ? `${subnet.subnetId} (${count(subnet.availableIps)} free)` : `${subnet.cidr} in ${wish.zone}`,
  );
  const ranges = [...new Set(made.flatMap((m) => m.plan?.newVpcCidr ?? []))];
  const extended = ranges.length > 0 ? ` in a new range ${listed(ranges)} of the VPC` : '';
  const verb = made.every((m) => m.wish.present)
    ? 'Let pods use'
    : made.length === 1
      ? 'Create a pod subnet'
      : 'Create pod subnets';
  return `${verb} ${listed(places)}${extended}${what}`;
}

/** One range of the VPC may serve several of them: it is added once. */
export function commandsThatMake(made: readonly Made[]): string[] {
  return [...new Set(made.flatMap((m) => m.plan?.commands ?? []))];
}
