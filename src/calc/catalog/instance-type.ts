/** Limits of one EC2 instance type, as EC2 and the VPC resource controller publish them. */
export interface InstanceType {
  readonly instanceType: string;
  /** vCPUs by default; undefined where no source tells. */
  readonly vcpus?: number;
  /** True where vCPUs were inferred from the nearest sibling, not published. */
  readonly vcpusInferred?: boolean;
  /** ENIs attachable to the default network card: the figure every formula uses. */
  readonly maxEnis: number;
  /** ENIs attachable over all network cards. */
  readonly maxEnisTotal: number;
  readonly networkCards: number;
  /** IPv4 addresses per ENI, the primary address included. */
  readonly ipv4PerEni: number;
  /** EC2 names no hypervisor for bare metal, so those are `unknown`. */
  readonly hypervisor: 'nitro' | 'xen' | 'unknown';
  readonly bareMetal: boolean;
  /** Undefined where the type is not in the resource controller's list: ipamd then assumes yes. */
  readonly trunkingCompatible?: boolean;
  /** Branch ENIs the trunk carries; 0 where the type cannot trunk or is not listed. */
  readonly branchEnis: number;
  /** Which published tables list this type (`eni-max-pods`, `bottlerocket`, `nodeadm`, `cni`, `ec2`, …). */
  readonly sources: readonly string[];
  /** A fresher observation of `maxEnis` that disagrees with every table, where there is one. */
  readonly drift?: LimitDrift;
}

export interface LimitDrift {
  readonly maxEnis: number;
  /** Which source showed it, and on which day (YYYY-MM-DD). */
  readonly source: string;
  readonly seen: string;
}

/** Whether ENI slots can hold /28 prefixes: Nitro or bare metal (`awsutils.go:IsPrefixDelegationSupported`). */
export function supportsPrefixes(type: Pick<InstanceType, 'hypervisor' | 'bareMetal'>): boolean {
  return type.hypervisor === 'nitro' || type.bareMetal;
}
