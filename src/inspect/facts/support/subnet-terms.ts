import type { Subnet } from '../../snapshot/ec2.ts';

/** One way a NodeClass selects subnets: an id, or tags a subnet must all have; `*` asks for the key alone. */
export interface SubnetTerm {
  readonly id?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Subnets that any of the terms selects. */
export function selected(terms: readonly SubnetTerm[], subnets: readonly Subnet[]): readonly Subnet[] {
  return subnets.filter((s) => terms.some((t) => isSelected(t, s)));
}

function isSelected({ id, tags }: SubnetTerm, subnet: Subnet): boolean {
  if (id !== undefined) return subnet.subnetId === id;
  const wanted = Object.entries(tags);
  return (
    wanted.length > 0 &&
    wanted.every(([key, value]) => subnet.tags[key] !== undefined && (value === '*' || subnet.tags[key] === value))
  );
}

/** Tags that make a subnet one of the selected; undefined where only ids are asked for. */
export function tagsOf(terms: readonly SubnetTerm[]): Readonly<Record<string, string>> | undefined {
  const term = terms.find((t) => t.id === undefined && Object.keys(t.tags).length > 0);
  return (
    term && Object.fromEntries(Object.entries(term.tags).map(([key, value]) => [key, value === '*' ? '1' : value]))
  );
}
