/** Limits of one EC2 instance type, as EC2 and the VPC resource controller publish them. */
export interface InstanceType {
  readonly instanceType: string;
  /** vCPUs by default; undefined where no source tells. */
  readonly vcpus?: number;
  /** MiB; undefined where no source tells. */
  readonly memoryMiB?: number;
  /** True where vCPUs and memory were inferred from the nearest sibling, not published. */
  readonly sizeInferred?: boolean;
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
  /** What CNI releases after the one the catalog follows carry instead, and EC2 shows already; absent where nothing changes. */
  readonly later?: LaterLimits;
}

export interface LaterLimits {
  readonly maxEnis: number;
  readonly networkCards: number;
  /** Which source showed it, and on which day (YYYY-MM-DD). */
  readonly source: string;
  readonly seen: string;
}

/** Whether ENI slots can hold /28 prefixes: Nitro or bare metal (`awsutils.go:IsPrefixDelegationSupported`). */
export function supportsPrefixes(type: Pick<InstanceType, 'hypervisor' | 'bareMetal'>): boolean {
  return type.hypervisor === 'nitro' || type.bareMetal;
}
