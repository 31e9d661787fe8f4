import { FAMILIES, LATER, NAME_ONLY, PROFILES, SOURCE_SETS } from './catalog.generated.ts';
import type { InstanceType } from './instance-type.ts';

const lines = (text: string): readonly string[] => text.trim().split('\n');

/** What the family lines say of one type. */
interface Entry {
  readonly profile: number;
  /** MiB; 0 where unknown. */
  readonly memoryMiB: number;
}

/** All names in reading order: family by family, sizes ascending. */
export function decodeNames(): readonly string[] {
  return lines(FAMILIES).flatMap((line) => {
    const [family, ...sizes] = line.split(' ');
    return sizes.filter((_, i) => i % 3 === 0).map((size) => `${family}.${size}`);
  });
}

/** The entry of one type, without reading those of other families; undefined for other names. */
export function entryOf(name: string): Entry | undefined {
  const dot = name.indexOf('.');
  return dot < 1 ? undefined : familyOf(name.slice(0, dot))?.get(name.slice(dot + 1));
}

/** Families read so far: who asks for one of a family often asks for all. */
const read = new Map<string, ReadonlyMap<string, Entry>>();

/** Entries by size; undefined for a family that does not exist. */
function familyOf(family: string): ReadonlyMap<string, Entry> | undefined {
  const known = read.get(family);
  if (known) return known;
  const start = FAMILIES.indexOf(`\n${family} `);
  if (start < 0) return undefined;
  const [, ...words] = FAMILIES.slice(start + 1, FAMILIES.indexOf('\n', start + 1)).split(' ');
  const entries = new Map<string, Entry>();
  for (let at = 0; at + 2 < words.length; at += 3)
    entries.set(words[at]!, { profile: Number(words[at + 1]), memoryMiB: memoryMiB(words[at + 2]!) });
  read.set(family, entries);
  return entries;
}

function memoryMiB(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) : Number(text) * 1024;
}

/** What types of one profile share. */
type Shape = Omit<InstanceType, 'instanceType' | 'memoryMiB' | 'later'>;

const HYPERVISORS = { n: 'nitro', x: 'xen', u: 'unknown' } as const;

/** Reads profiles one at a time: a run usually asks for a handful of types. */
export function profileReader(): (name: string, entry: Entry) => InstanceType {
  const profiles = lines(PROFILES);
  const sourceSets = lines(SOURCE_SETS);
  const shapes = new Map<number, Shape>();
  const shapeOf = (profile: number): Shape => {
    const [enis, ipv4, vcpus, branch, cards, total, sources, flags = ''] = profiles[profile]!.split(' ');
    return {
      ...(vcpus === '0' ? {} : { vcpus: Number(vcpus) }),
      ...(flags.includes('i') ? { sizeInferred: true } : {}),
      maxEnis: Number(enis),
      maxEnisTotal: Number(total),
      networkCards: Number(cards),
      ipv4PerEni: Number(ipv4),
      hypervisor: HYPERVISORS[flags[0] as keyof typeof HYPERVISORS],
      bareMetal: flags.includes('m'),
      ...(/[tf]/.test(flags) ? { trunkingCompatible: flags.includes('t') } : {}),
      branchEnis: Number(branch),
      sources: sourceSets[Number(sources)]!.split(' '),
    };
  };
  return (name, { profile, memoryMiB }) => {
    const shape = shapes.get(profile) ?? shapeOf(profile);
    shapes.set(profile, shape);
    const later = LATER[name];
    return {
      instanceType: name,
      ...shape,
      ...(memoryMiB === 0 ? {} : { memoryMiB }),
      ...(later ? { later } : {}),
    };
  };
}

/** Where a name without published limits was seen; undefined for every other name. */
export function whereSeen(name: string): string | undefined {
  return Object.hasOwn(NAME_ONLY, name) ? NAME_ONLY[name] : undefined;
}
