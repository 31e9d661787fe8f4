/** Gives every identifying text its stand-in: same text, same stand-in, wherever it stands. */
import { Addresses } from './addresses.ts';
import type { Hash } from './hash.ts';
import { isKnownKey, isKnownWord, USERS_KEY } from './known-words.ts';

/** Ids of EC2, EFS and Route 53 Resolver; only these prefixes, for a pod may be called `web-0a1b2c3d`. */
const ID =
  /^(acl|ami|cagw|eigw|eipalloc|eni(?:-attach)?|fs|fsmt|i|igw|lgw|lt|nat|pcx|pl|rslvr-(?:in|out)|rtb|rtbassoc|scr|sgr?|subnet|tgw(?:-attach)?|vgw|vol|vpc|vpce)-([0-9a-f]{8}|[0-9a-f]{17})$/;
const ACCOUNT = /^\d{12}$/;
/** `ip-10-0-1-5.eu-west-1.compute.internal`, `fargate-ip-…`, `i-0abc….eu-west-1.compute.internal`, and customer suffixes. */
const HOST = /^((?:fargate-)?ip-)(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})((?:\.[a-z0-9-]+)*)$/;
const RESOURCE_HOST = /^(i-[0-9a-f]{8,17})((?:\.[a-z0-9-]+)+)$/;
const AWS_SUFFIX = /^\.(?:ec2|[a-z]{2}(?:-[a-z]+)+-\d\.compute)\.internal$/;
const ARN = /^arn:(aws[a-z-]*|\*):([a-z0-9-]*):([a-z0-9-]*|\*):(\d{12}|aws|\*)?:(.+)$/;
/** Words of the resource part of an ARN that say what it is. */
const ARN_WORDS: ReadonlySet<string> = new Set([
  ...['cluster', 'nodegroup', 'addon', 'role', 'user', 'assumed-role', 'instance-profile', 'podidentityassociation'],
  ...['outpost', 'core-network', 'aws-service-role', 'fargateprofile', 'root', 'policy', 'access-entry'],
  ...['oidc-provider', 'network-interface', 'instance', 'subnet', 'security-group', 'vpc', '*'],
]);
const OWNER = /^([A-Z][A-Za-z]+)\/(.+)$/;

export class Pseudonyms {
  readonly #hash: Hash;
  readonly #addresses: Addresses;
  readonly #known = new Map<string, string>();

  constructor(hash: Hash, subnets: readonly string[]) {
    this.#hash = hash;
    this.#addresses = new Addresses(hash, subnets);
  }

  /** Any text, told by its shape; what has none is a name. */
  readonly of = (text: string): string => {
    let stand = this.#known.get(text);
    if (stand === undefined) {
      stand = this.#make(text);
      this.#known.set(text, stand);
    }
    return stand;
  };

  /** A label's or tag's key: public ones stay, with a cluster's name in them replaced. */
  readonly key = (key: string): string => {
    const cluster = /^(kubernetes\.io\/cluster\/)(.+)$/.exec(key);
    if (cluster) return cluster[1] + this.of(cluster[2]!);
    const users = USERS_KEY.exec(key);
    if (users) return users[1] + this.of(users[2]!);
    return isKnownKey(key) ? key : this.of(key);
  };

  /** A container image: the last part of a public name and the tag stay, the registry does not. */
  readonly image = (image: string): string => {
    const match = /^(?:(.+)\/)?([^/:@]+)(:[^/@]+)?(@sha256:[0-9a-f]+)?$/.exec(image);
    if (!match) return this.of(image);
    const [, registry, name = '', tag = ''] = match;
    const host = registry ? `${this.#word(registry)}.invalid/` : '';
    return `${host}${PUBLIC_IMAGE.test(name) ? name : this.#word(name)}${tag}`;
  };

  /** A URL keeps its scheme; no name of the real one resolves. */
  readonly url = (url: string): string => {
    const scheme = /^([a-z]+):\/\//.exec(url)?.[1] ?? 'https';
    return `${scheme}://${this.#word(url)}.invalid`;
  };

  #make(text: string): string {
    if (text === '') return text;
    const address = this.#addresses.map(text);
    if (address !== undefined) return address;
    if (isKnownWord(text)) return text;
    if (ACCOUNT.test(text)) return this.#digits(text, 12);
    const id = ID.exec(text);
    if (id) return `${id[1]}-${this.#hex(text, id[2]!.length)}`;
    const arn = ARN.exec(text);
    if (arn) return this.#arn(arn);
    const host = HOST.exec(text);
    if (host) return host[1]! + this.of(host[2]!.replaceAll('-', '.')).replaceAll('.', '-') + this.#suffix(host[3]!);
    const resource = RESOURCE_HOST.exec(text);
    if (resource) return this.of(resource[1]!) + this.#suffix(resource[2]!);
    if (/^https?:\/\//.test(text)) return this.url(text);
    const owner = OWNER.exec(text);
    if (owner) return `${owner[1]}/${this.of(owner[2]!)}`;
    const pair = /^([^/,\s]+)\/([^/,\s]+)$/.exec(text);
    if (pair) return `${this.of(pair[1]!)}/${this.of(pair[2]!)}`;
    if (/[,\s]/.test(text))
      return text
        .split(/([,\s]+)/)
        .map((part, i) => (i % 2 === 0 ? this.of(part) : part))
        .join('');
    return this.#word(text);
  }

  #arn([, partition, service, region, account = '', resource = '']: RegExpExecArray): string {
    const head = `arn:${partition}:${service}:${region}`;
    // what AWS owns has the same name everywhere
    if (account === 'aws') return `${head}:aws:${resource}`;
    const parts = resource.split(/([/:])/).map((p) => (/^[/:]$/.test(p) || ARN_WORDS.has(p) ? p : this.of(p)));
    return `${head}:${account && this.of(account)}:${parts.join('')}`;
  }

  #suffix(suffix: string): string {
    return suffix === '' || AWS_SUFFIX.test(suffix) ? suffix : `.${this.#word(suffix)}.invalid`;
  }

  #word(text: string): string {
    return `x${this.#hex(text, 10)}`;
  }

  #hex(text: string, length: number): string {
    return this.#hash(`name ${text}`).toString('hex').slice(0, length);
  }

  /** Leading zeros are kept out: an account id that starts with 0 is rare enough to be one. */
  #digits(text: string, length: number): string {
    const number = this.#hash(`name ${text}`).readBigUInt64BE() % 10n ** BigInt(length - 1);
    return `9${number.toString().padStart(length - 1, '0')}`;
  }
}

/** Images of the CNI and its neighbours, whose names are the same everywhere. */
const PUBLIC_IMAGE =
  /^(?:amazon-k8s-cni(?:-init)?|aws-network-policy-agent|amazon-network-policy-controller|aws-eks-nodeagent|kube-proxy|coredns|eks-pod-identity-agent|cilium|node|controller)$/;
