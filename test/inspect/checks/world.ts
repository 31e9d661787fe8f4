/**
 * Clusters for the tests of checks: subnets, nodes with ENIs, pods, put together so that EC2's free counts, the ENIs and the
 * pods agree. Single addresses are taken from the bottom of a subnet, prefixes from its top.
 */
import { formatIpv4, lastOf, parseCidr } from '../../../src/calc/cidr.ts';
import type { NetworkInterface, Subnet } from '../../../src/inspect/snapshot/ec2.ts';
import type { Node } from '../../../src/inspect/snapshot/kubernetes.ts';
import type { Pod } from '../../../src/inspect/snapshot/pods.ts';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import {
  ago,
  cluster,
  cni,
  cniEni,
  eni,
  event,
  type GivenSections,
  iamOfNodes,
  instance,
  NODE_ROLE,
  node,
  nodegroup,
  pod,
  subnet,
  wholeSnapshot,
} from '../../support/snapshot-builder.ts';

export const ACCOUNT = '111122223333';

interface Place {
  subnet: Subnet;
  nextSingle: number;
  nextBlock: number;
}

export interface NodeWish {
  readonly type?: string;
  readonly maxPods?: number;
  /** Subnet of its primary ENI, and of its further ones. */
  readonly home: string;
  readonly pods?: string;
  /** Pod addresses, or prefixes, on the primary ENI and on each further one. */
  readonly primary?: number;
  readonly further?: readonly number[];
  readonly prefixes?: boolean;
  /** Pods with an address, and pods that wait for one. */
  readonly running?: number;
  readonly waiting?: number;
  readonly ageSeconds?: number;
  readonly node?: Partial<Node>;
}

export class World {
  readonly #places = new Map<string, Place>();
  readonly enis: NetworkInterface[] = [];
  readonly nodes: Node[] = [];
  readonly instances: ReturnType<typeof instance>[] = [];
  readonly pods: Pod[] = [];
  readonly events: ReturnType<typeof event>[] = [];
  readonly cniPods: ReturnType<typeof cni>['pods'][number][] = [];

  subnet(subnetId: string, cidr: string, zone: string, part: Partial<Subnet> = {}): this {
    const range = parseCidr(cidr)!;
    this.#places.set(subnetId, {
      subnet: subnet({ subnetId, cidr, availabilityZone: zone, ownerId: ACCOUNT, ...part }),
      nextSingle: range.first + 4,
      nextBlock: lastOf(range) - 31,
    });
    return this;
  }

  /** Free addresses that no interface explains are made by hiding them: whoever holds them is of another account. */
  hide(subnetId: string, addresses: number): this {
    const place = this.#place(subnetId);
    place.subnet = { ...place.subnet, availableIps: place.subnet.availableIps - addresses };
    return this;
  }

  /** An interface of someone else, or a leaked one. `every` spaces its addresses, so that 16 spoils a block each. */
  foreign(eniId: string, subnetId: string, addresses: number, part: Partial<NetworkInterface> = {}, every = 1): this {
    const [primaryIp, ...secondaryIps] = Array.from({ length: addresses }, () => this.#single(subnetId, every));
    this.enis.push(
      eni({
        eniId,
        subnetId,
        availabilityZone: this.#place(subnetId).subnet.availabilityZone,
        primaryIp,
        secondaryIps,
        ...part,
      }),
    );
    return this;
  }

  /** An unattached ENI that aws-node made for an instance. */
  leak(eniId: string, subnetId: string, addresses: number, minutes: number, tags: Record<string, string> = {}): this {
    return this.foreign(eniId, subnetId, addresses, {
      origin: { kind: 'cni-secondary', id: 'i-gone' },
      tags: {
        'node.k8s.amazonaws.com/instance_id': 'i-gone',
        'node.k8s.amazonaws.com/createdAt': ago(minutes * 60),
        'cluster.k8s.amazonaws.com/name': 'prod',
        ...tags,
      },
    });
  }

  node(name: string, wish: NodeWish): this {
    const zone = this.#place(wish.home).subnet.availabilityZone;
    const instanceId = `i-${name}`;
    const type = wish.type ?? 'm5.large';
    this.nodes.push(
      node({
        name,
        type,
        zone,
        instanceId,
        maxPods: wish.maxPods ?? 29,
        createdAt: ago(wish.ageSeconds ?? 86_400),
        ...wish.node,
        labels: wish.node?.labels ?? { 'eks.amazonaws.com/nodegroup': 'workers' },
      }),
    );
    this.instances.push(
      instance({
        instanceId,
        instanceType: type,
        subnetId: wish.home,
        availabilityZone: zone,
        launchedAt: ago(86_400),
      }),
    );
    const addresses: string[] = [];
    const attach = (device: number, subnetId: string, held: number) => {
      const made = { secondaryIps: [] as string[], prefixes: [] as string[] };
      for (let i = 0; i < held; i++)
        if (wish.prefixes) made.prefixes.push(this.#block(subnetId));
        else made.secondaryIps.push(this.#single(subnetId));
      const shared = {
        eniId: `eni-${name}-${device}`,
        attachedTo: instanceId,
        device,
        subnetId,
        availabilityZone: this.#place(subnetId).subnet.availabilityZone,
        primaryIp: this.#single(subnetId),
        securityGroupIds: [device > 0 && wish.pods ? 'sg-pods' : 'sg-node'],
        ...made,
      };
      this.enis.push(device === 0 ? eni(shared) : cniEni({ ...shared, createdAt: ago(86_000) }));
      addresses.push(...made.secondaryIps, ...made.prefixes.flatMap(addressesOfPrefix));
    };
    attach(0, wish.home, wish.primary ?? 0);
    for (const [i, held] of (wish.further ?? []).entries()) attach(i + 1, wish.pods ?? wish.home, held);
    const ready = wish.node?.ready !== 'False';
    this.cniPods.push({ name: `aws-node-${name}`, node: name, ready, phase: 'Running', restarts: ready ? 0 : 12 });
    for (const daemon of ['aws-node', 'kube-proxy'])
      this.pods.push(
        pod({
          name: `${daemon}-${name}`,
          namespace: 'kube-system',
          node: name,
          class: 'host-network',
          owner: `DaemonSet/${daemon}`,
        }),
      );
    for (const [i] of Array.from({ length: wish.running ?? 0 }).entries())
      this.pods.push(
        pod({ name: `web-${name}-${i}`, namespace: 'shop', node: name, ip: addresses[i], owner: 'Deployment/web' }),
      );
    for (let i = 0; i < (wish.waiting ?? 0); i++) this.waiting(`wait-${name}-${i}`, name);
    return this;
  }

  /** A pod that has waited for its address for ten minutes, with the event that says so. */
  waiting(name: string, onNode: string, part: Partial<Pod> = {}): this {
    this.pods.push(
      pod({ name, namespace: 'shop', node: onNode, phase: 'Pending', waiting: true, createdAt: ago(600), ...part }),
    );
    this.events.push(event({ kind: 'assign-ip-failed', object: { kind: 'Pod', namespace: 'shop', name }, count: 4 }));
    return this;
  }

  sections(over: GivenSections & { readonly env?: Readonly<Record<string, string | undefined>> } = {}): GivenSections {
    const { env, ...given } = over;
    const subnets = [...this.#places.values()].map((p) => p.subnet);
    return {
      cluster: cluster({ roleArn: `arn:aws:iam::${ACCOUNT}:role/eks-prod`, subnetIds: [] }),
      nodegroups: [nodegroup({ name: 'workers', subnetIds: subnets.map((s) => s.subnetId), nodeRole: NODE_ROLE })],
      iam: iamOfNodes(),
      subnets,
      networkInterfaces: this.enis,
      instances: this.instances,
      nodes: this.nodes,
      pods: this.pods,
      events: this.events,
      cni: cni({ env, pods: this.cniPods, desired: this.cniPods.length }),
      cidrReservations: { subnetIds: subnets.map((s) => s.subnetId), reservations: [] },
      ...given,
    };
  }

  snapshot(over: Parameters<World['sections']>[0] = {}): ClusterSnapshot {
    return wholeSnapshot(this.sections(over));
  }

  #place(subnetId: string): Place {
    const place = this.#places.get(subnetId);
    if (!place) throw new Error(`no subnet ${subnetId}`);
    return place;
  }

  #single(subnetId: string, every = 1): string {
    const place = this.#place(subnetId);
    const address = formatIpv4(place.nextSingle);
    place.nextSingle += every;
    place.subnet = { ...place.subnet, availableIps: place.subnet.availableIps - 1 };
    return address;
  }

  #block(subnetId: string): string {
    const place = this.#place(subnetId);
    const prefix = `${formatIpv4(place.nextBlock)}/28`;
    place.nextBlock -= 16;
    place.subnet = { ...place.subnet, availableIps: place.subnet.availableIps - 16 };
    return prefix;
  }
}

function addressesOfPrefix(prefix: string): string[] {
  const { first } = parseCidr(prefix)!;
  return Array.from({ length: 16 }, (_, i) => formatIpv4(first + i));
}
