/**
 * Printed commands carried out on a snapshot, word by word: what EC2, EKS and Kubernetes would hold afterwards. It knows nothing
 * of remedies: it reads the command lines that a reader would paste.
 */
import { parseCidr, sizeOf } from '../../src/calc/cidr.ts';
import { SHIPPED } from '../../src/calc/ipamd/variables.ts';
import type { ClusterSnapshot, SectionData, SectionName } from '../../src/inspect/snapshot.ts';

export interface CarriedOut {
  readonly snapshot: ClusterSnapshot;
  /** Words that made no sense here: a test fails on them. */
  readonly unknown: readonly string[];
}

/** Words of a pipeline's commands, quotes taken off as a shell takes them off. */
export function wordsOf(line: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const end = () => {
    if (word !== undefined) commands.at(-1)!.push(word);
    word = undefined;
  };
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === "'") {
      const close = line.indexOf("'", i + 1);
      if (close < 0) throw new Error(`a quote is not closed: ${line}`);
      word = (word ?? '') + line.slice(i + 1, close);
      i = close;
    } else if (c === '\\') word = (word ?? '') + line[++i];
    else if (c === ' ') end();
    else if (c === '|') {
      end();
      commands.push([]);
    } else if (line.startsWith('&& ', i) && word === undefined) {
      commands.push(['&&'], []);
      i += 2;
    } else word = (word ?? '') + c;
  }
  end();
  return commands;
}

/** Programs that change nothing but files of the working folder, or wait. */
const LOCAL: ReadonlySet<string> = new Set(['sleep', 'sed', 'sh', 'base64', 'cmp']);

class Account {
  #of: ClusterSnapshot;
  readonly unknown: string[] = [];
  readonly #replaced = new Set<string>();
  #made = 0;

  constructor(of: ClusterSnapshot) {
    this.#of = of;
  }

  snapshot(): ClusterSnapshot {
    this.#rejoin();
    return this.#of;
  }

  run(line: string): void {
    let pipeline: string[][] = [];
    for (const command of [...wordsOf(line), ['&&']]) {
      if (command[0] !== '&&') pipeline.push(command);
      else {
        this.#pipeline(pipeline, line);
        pipeline = [];
      }
    }
  }

  #pipeline([first, ...all]: readonly (readonly string[])[], line: string): void {
    if (LOCAL.has(first![0]!)) return;
    const rest = all.filter((c) => c[0] !== 'grep');
    const last = rest.at(-1);
    if (first![0] === 'printf' && last?.[0] === 'kubectl') {
      this.#apply(JSON.parse(first!.slice(2).join('\n')));
      return;
    }
    if (first!.includes('describe-subnets')) this.#withSubnet(first!, rest);
    else if (first!.includes('describe-nodegroup')) this.#moveGroup(first!);
    else if (!first!.includes('describe-launch-template-versions')) this.#plain(first!, line);
  }

  #plain(words: readonly string[], line: string): void {
    const has = (...all: string[]) => all.every((w) => words.includes(w));
    const after = (flag: string) => flagOf(words, flag);
    if (has('create-subnet'))
      this.#createSubnet(after('--cidr-block')!, after('--availability-zone')!, after('--tag-specifications'));
    else if (has('associate-vpc-cidr-block'))
      this.#edit('vpc', (v) => ({ ...v, cidrs: [...v.cidrs, { cidr: after('--cidr-block')!, state: 'associated' }] }));
    else if (has('create-tags')) {
      const [, key, value] = /^Key=(.*),Value=(.*)$/.exec(after('--tags')!)!;
      this.#edit('subnets', (all) =>
        all.map((s) => (s.subnetId === after('--resources') ? { ...s, tags: { ...s.tags, [key!]: value! } } : s)),
      );
    } else if (has('create-subnet-cidr-reservation'))
      this.#edit('cidrReservations', (r) => ({
        ...r,
        reservations: [
          ...r.reservations,
          {
            reservationId: `scr-${++this.#made}`,
            subnetId: after('--subnet-id')!,
            cidr: after('--cidr')!,
            type: 'prefix',
          },
        ],
      }));
    else if (has('delete-network-interface')) this.#drop(new Set([after('--network-interface-id')!]));
    else if (has('update-addon')) this.#updateAddon(JSON.parse(after('--configuration-values')!));
    else if (has('set', 'env')) this.#env(pairs(words.filter((w) => /^[A-Z][A-Za-z0-9_]*=/.test(w))));
    else if (words[0] === 'helm') this.#env(pairs(words.filter((w) => w.startsWith('env.')).map((w) => w.slice(4))));
    else if (has('patch', 'nodepool')) {
      const { requirements } = JSON.parse(after('-p')!).spec.template.spec;
      this.#edit('nodePools', (all) => all.map((p) => (words.includes(p.name) ? { ...p, requirements } : p)));
    } else if (has('patch', 'ec2nodeclass')) {
      const { maxPods } = JSON.parse(after('-p')!).spec.kubelet;
      this.#edit('nodeClasses', (all) => all.map((c) => (words.includes(c.name) ? { ...c, maxPods } : c)));
      this.#replace((labels) => labels['karpenter.sh/nodepool'] !== undefined);
    } else if (has('update-auto-scaling-group')) {
      const subnetIds = after('--vpc-zone-identifier')?.split(',');
      this.#edit('autoScalingGroups', (all) =>
        all.map((g) => (g.name === after('--auto-scaling-group-name') && subnetIds ? { ...g, subnetIds } : g)),
      );
    } else if (has('patch', 'eniconfig')) this.#point(words, after('-p')!);
    else if (has('update-nodegroup-version'))
      this.#replace((labels) => labels['eks.amazonaws.com/nodegroup'] === after('--nodegroup-name'));
    else if (has('drain') || (has('delete', 'node') && words[0] === 'kubectl'))
      this.#replace((_, name) => words.includes(name));
    else if (
      ![
        'cordon',
        'wait',
        'terminate-instance-in-auto-scaling-group',
        'delete-nodegroup',
        'create-nodegroup',
        'start-instance-refresh',
      ].some((w) => words.includes(w))
    )
      this.unknown.push(line);
  }

  #withSubnet(find: readonly string[], rest: readonly (readonly string[])[]): void {
    const cidr = find
      .find((w) => w.startsWith('Name=cidr-block,Values='))!
      .split('=')
      .at(-1);
    const id = this.#data('subnets').find((s) => s.cidr === cidr)?.subnetId;
    const [xargs = [], pipe] = rest;
    if (id === undefined || xargs[0] !== 'xargs') return void this.unknown.push(find.join(' '));
    const words = xargs.slice(2).map((w) => w.replaceAll('{}', id));
    if (words.includes('associate-route-table')) return;
    if (words.includes('eniconfig')) this.#point(words, flagOf(words, '-p')!);
    else if (words.includes('create-tags')) this.#plain(words, words.join(' '));
    else if (words[0] === 'printf' && pipe?.includes('apply')) this.#apply(JSON.parse(words.slice(2).join('\n')));
    else this.unknown.push(words.join(' '));
  }

  #point(words: readonly string[], patch: string): void {
    const { subnet } = JSON.parse(patch).spec;
    this.#edit('eniConfigs', (all) => all.map((c) => (words.includes(c.name) ? { ...c, subnetId: subnet } : c)));
  }

  #apply(document: {
    kind: string;
    metadata: { name: string };
    spec: { subnet: string; securityGroups?: string[] };
  }): void {
    if (document.kind !== 'ENIConfig') return void this.unknown.push(document.kind);
    const { name } = document.metadata;
    const made = { name, subnetId: document.spec.subnet, securityGroupIds: document.spec.securityGroups ?? [] };
    this.#edit('eniConfigs', (all) => [...all.filter((c) => c.name !== name), made]);
  }

  #createSubnet(cidr: string, availabilityZone: string, tags: string | undefined): void {
    const found = [...(tags ?? '').matchAll(/\{Key=([^,]*),Value=([^}]*)\}/g)].map((m) => [m[1]!, m[2]!]);
    const subnetId = `subnet-made${++this.#made}`;
    const [like] = this.#data('subnets');
    const made = {
      ...like!,
      subnetId,
      availabilityZone,
      cidr,
      availableIps: sizeOf(parseCidr(cidr)!) - 5,
      mapPublicIp: false,
      tags: Object.fromEntries(found),
    };
    this.#edit('subnets', (all) => [...all, made]);
    if (this.#of.cidrReservations.status === 'ok')
      this.#edit('cidrReservations', (r) => ({ ...r, subnetIds: [...r.subnetIds, subnetId] }));
  }

  /** The new group stands for the old one: its nodes are replaced one for one. */
  #moveGroup(words: readonly string[]): void {
    const name = flagOf(words, '--nodegroup-name');
    const ids = /subnets:`(\[[^\]]*\])`/.exec(flagOf(words, '--query')!)?.[1];
    this.#edit('nodegroups', (all) => all.map((g) => (g.name === name ? { ...g, subnetIds: JSON.parse(ids!) } : g)));
  }

  /** PRESERVE: what someone set on the DaemonSet itself stays as it is. */
  #updateAddon(document: { env?: Record<string, string> }): void {
    const live = this.#data('cni').containers.find((c) => c.name === 'aws-node')?.env ?? {};
    const old = (this.#data('addons').find((a) => a.name === 'vpc-cni')?.configuration?.env ?? {}) as typeof live;
    const mine = Object.entries(document.env ?? {}).filter(
      ([name]) => live[name] === undefined || live[name] === String(old[name] ?? SHIPPED[name]),
    );
    this.#env(Object.fromEntries(mine));
    this.#edit('addons', (all) => all.map((a) => (a.name === 'vpc-cni' ? { ...a, configuration: document } : a)));
  }

  #env(env: Readonly<Record<string, string>>): void {
    this.#edit('cni', (c) => ({
      ...c,
      containers: c.containers.map((x) => (x.name === 'aws-node' ? { ...x, env: { ...x.env, ...env } } : x)),
    }));
  }

  #replace(is: (labels: Readonly<Record<string, string>>, name: string) => boolean): void {
    for (const n of this.#data('nodes')) if (is(n.labels, n.name)) this.#replaced.add(n.name);
  }

  /** A node that came back holds its primary address alone: what its pods ask for it takes next. */
  #rejoin(): void {
    const gone = new Set<string>();
    const ids = new Set(this.#data('nodes').flatMap((n) => (this.#replaced.has(n.name) ? (n.instanceId ?? []) : [])));
    if (ids.size === 0) return;
    const primaries = new Set<string>();
    for (const e of this.#data('networkInterfaces')) {
      const trunk = this.#data('networkInterfaces').find(
        (t) => t.eniId === e.tags['vpcresources.k8s.aws/trunk-eni-id'],
      );
      const at = e.attachment ?? trunk?.attachment;
      if (at?.instanceId === undefined || !ids.has(at.instanceId)) continue;
      if (e.attachment?.deviceIndex === 0 && (e.attachment.networkCardIndex ?? 0) === 0) primaries.add(e.eniId);
      else gone.add(e.eniId);
    }
    this.#drop(gone, primaries);
    this.#edit('nodes', (all) =>
      all.map(({ maxPods, ...n }) =>
        this.#replaced.has(n.name) ? n : { ...n, ...(maxPods === undefined ? {} : { maxPods }) },
      ),
    );
  }

  #drop(gone: ReadonlySet<string>, emptied: ReadonlySet<string> = new Set()): void {
    const freed = new Map<string, number>();
    this.#edit('networkInterfaces', (all) =>
      all.flatMap((e) => {
        if (!gone.has(e.eniId) && !emptied.has(e.eniId)) return [e];
        const back = e.secondaryIps.length + 16 * e.prefixes.length + (gone.has(e.eniId) && e.primaryIp ? 1 : 0);
        freed.set(e.subnetId, (freed.get(e.subnetId) ?? 0) + back);
        return gone.has(e.eniId) ? [] : [{ ...e, secondaryIps: [], prefixes: [] }];
      }),
    );
    this.#edit('subnets', (all) =>
      all.map((s) => ({ ...s, availableIps: s.availableIps + (freed.get(s.subnetId) ?? 0) })),
    );
  }

  #data<N extends SectionName>(name: N): SectionData<N> {
    const section = this.#of[name];
    if (!('data' in section)) throw new Error(`${name} was not read`);
    return section.data as SectionData<N>;
  }

  #edit<N extends SectionName>(name: N, change: (data: SectionData<N>) => SectionData<N>): void {
    const section = this.#of[name];
    if (!('data' in section)) throw new Error(`${name} was not read`);
    this.#of = { ...this.#of, [name]: { ...section, data: change(section.data as SectionData<N>) } };
  }
}

function flagOf(words: readonly string[], flag: string): string | undefined {
  const joined = words.find((w) => w.startsWith(`${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 1);
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}

function pairs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((w) => [w.slice(0, w.indexOf('=')), w.slice(w.indexOf('=') + 1)]));
}

export function carriedOut(snapshot: ClusterSnapshot, commands: readonly string[]): CarriedOut {
  const account = new Account(snapshot);
  for (const command of commands) account.run(command);
  return { snapshot: account.snapshot(), unknown: account.unknown };
}
