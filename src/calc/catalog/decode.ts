import { DRIFT, FAMILIES, NAME_ONLY, PROFILES, SOURCE_SETS } from './catalog.generated.ts';
import type { InstanceType } from './instance-type.ts';

const lines = (text: string): readonly string[] => text.trim().split('\n');

/** Type name → number of its profile, in reading order (family, then size). */
export function decodeNames(): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const line of lines(FAMILIES)) {
    const [family, ...sizes] = line.split(' ');
    for (let i = 0; i < sizes.length; i += 2) names.set(`${family}.${sizes[i]}`, Number(sizes[i + 1]));
  }
  return names;
}

const HYPERVISORS = { n: 'nitro', x: 'xen', u: 'unknown' } as const;

/** Reads profiles one at a time: a run usually asks for a handful of types. */
export function profileReader(): (name: string, profile: number) => InstanceType {
  const profiles = lines(PROFILES);
  const sourceSets = lines(SOURCE_SETS);
  return (name, profile) => {
    const [enis, ipv4, vcpus, branch, cards, total, sources, flags = ''] = profiles[profile]!.split(' ');
    const drift = DRIFT[name];
    return {
      instanceType: name,
      ...(vcpus === '0' ? {} : { vcpus: Number(vcpus) }),
      ...(flags.includes('i') ? { vcpusInferred: true } : {}),
      maxEnis: Number(enis),
      maxEnisTotal: Number(total),
      networkCards: Number(cards),
      ipv4PerEni: Number(ipv4),
      hypervisor: HYPERVISORS[flags[0] as keyof typeof HYPERVISORS],
      bareMetal: flags.includes('m'),
      ...(/[tf]/.test(flags) ? { trunkingCompatible: flags.includes('t') } : {}),
      branchEnis: Number(branch),
      sources: sourceSets[Number(sources)]!.split(' '),
      ...(drift ? { drift } : {}),
    };
  };
}

/** Where a name without published limits was seen; undefined for every other name. */
export function whereSeen(name: string): string | undefined {
  return Object.hasOwn(NAME_ONLY, name) ? NAME_ONLY[name] : undefined;
}
