/** `managedNodeGroups` and `nodeGroups` of a ClusterConfig. */
import type { AutoScalingGroup, LaunchTemplate, Nodegroup } from '../../../snapshot/aws.ts';
import type { Draft } from '../draft.ts';
import { at, type Fields, list, sameSet, size, text, textMap, texts } from '../fields.ts';
import type { ChangeDocument } from '../reading.ts';

const DEFAULT_TYPE = 'm5.large';
const DEFAULT_SIZE = 2;

export function nodeGroups(draft: Draft, document: ChangeDocument): void {
  for (const [i, g] of list(at(document.value, 'managedNodeGroups')).entries())
    managed(draft, document, g, ['managedNodeGroups', i]);
  for (const [i, g] of list(at(document.value, 'nodeGroups')).entries())
    selfManaged(draft, document, g, ['nodeGroups', i]);
}

interface Wanted {
  readonly name: string;
  readonly sizes: Pick<Nodegroup, 'minSize' | 'desiredSize' | 'maxSize'>;
  readonly types: readonly string[];
  readonly subnetIds: readonly string[];
  readonly maxPods: number | undefined;
}

type Known = Wanted['sizes'] & { readonly subnetIds: readonly string[]; readonly types: readonly string[] };

function managed(draft: Draft, document: ChangeDocument, g: Fields, path: readonly (string | number)[]) {
  const old = draft.data('nodegroups')?.find((n) => n.name === g.name);
  const wanted = wantedOf(draft, document, g, path, old && { ...old, types: old.instanceTypes });
  if (!wanted) return;
  if (old && isSame(old, wanted, old.instanceTypes)) return draft.ignore();
  const template = wanted.maxPods === undefined ? old?.launchTemplate : templateOf(draft, wanted);
  draft.edit('nodegroups', [], (all) => [
    ...all.filter((n) => n.name !== wanted.name),
    {
      autoScalingGroups: [],
      health: [],
      labels: textMap(g.labels),
      status: 'CREATING',
      ...old,
      name: wanted.name,
      ...wanted.sizes,
      subnetIds: [...wanted.subnetIds],
      instanceTypes: [...wanted.types],
      ...(template === undefined ? {} : { launchTemplate: template }),
    },
  ]);
  draft.effect(document, path, wanted.name, statement(wanted, old), [...wanted.subnetIds]);
}

/** What eksctl makes itself is an Auto Scaling group with the node group's name in its own. */
function selfManaged(draft: Draft, document: ChangeDocument, g: Fields, path: readonly (string | number)[]) {
  const old = draft
    .data('autoScalingGroups')
    ?.find((a) => a.tags['alpha.eksctl.io/nodegroup-name'] === g.name || a.name === g.name);
  const known = old && {
    minSize: old.minSize,
    desiredSize: old.desiredCapacity,
    maxSize: old.maxSize,
    subnetIds: old.subnetIds,
    types: [],
  };
  const wanted = wantedOf(draft, document, g, path, known);
  if (!wanted) return;
  if (known && isSame(known, wanted, wanted.types)) return draft.ignore();
  const { minSize, desiredSize, maxSize } = wanted.sizes;
  const made: AutoScalingGroup = {
    instanceIds: [],
    tags: { 'alpha.eksctl.io/nodegroup-name': wanted.name },
    ...old,
    name: old?.name ?? wanted.name,
    minSize,
    maxSize,
    desiredCapacity: desiredSize,
    subnetIds: [...wanted.subnetIds],
    ...(old ? {} : { launchTemplate: templateOf(draft, wanted) }),
  };
  draft.edit('autoScalingGroups', [], (all) => [...all.filter((a) => a.name !== made.name), made]);
  draft.effect(document, path, wanted.name, statement(wanted, known), [...wanted.subnetIds]);
}

function templateOf(draft: Draft, { name, types, maxPods }: Wanted): { readonly id: string } {
  const id = `eksctl-${name}`;
  const [instanceType] = types;
  const made: LaunchTemplate = {
    id,
    version: 1,
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(maxPods === undefined ? {} : { maxPods }),
  };
  draft.edit('launchTemplates', [], (all) => [...all.filter((t) => t.id !== id), made]);
  return { id };
}

/** eksctl raises whichever of minimum, desired and maximum is left out (eksctl: pkg/apis ScalingConfig defaults). */
function wantedOf(
  draft: Draft,
  document: ChangeDocument,
  g: Fields,
  path: readonly (string | number)[],
  old: Known | undefined,
): Wanted | undefined {
  const name = text(g.name);
  if (name === undefined) {
    draft.misunderstood(document, path, path.join('.'), 'it has no name');
    return undefined;
  }
  const given = ['minSize', 'desiredCapacity', 'maxSize'].map((k) =>
    g[k] === undefined || g[k] === null ? undefined : (size(g[k]) ?? Number.NaN),
  );
  const [min, desired, max] = given;
  const desiredSize =
    desired ?? Math.min(Math.max(old?.desiredSize ?? min ?? DEFAULT_SIZE, min ?? 0), max ?? Number.POSITIVE_INFINITY);
  const sizes = {
    minSize: min ?? old?.minSize ?? desiredSize,
    desiredSize,
    maxSize: max ?? Math.max(old?.maxSize ?? 0, desiredSize),
  };
  if (given.some((n) => Number.isNaN(n)) || sizes.minSize > desiredSize || desiredSize > sizes.maxSize) {
    draft.misunderstood(document, path, name, 'its sizes are no numbers with minimum ≤ desired ≤ maximum');
    return undefined;
  }
  const listed = [...texts(g.instanceTypes), ...texts(at(g, 'instancesDistribution', 'instanceTypes'))];
  const one = text(g.instanceType);
  const types =
    listed.length > 0 ? listed : one !== undefined && one !== 'mixed' ? [one] : old ? old.types : [DEFAULT_TYPE];
  if (g.instanceSelector !== undefined) draft.unknown(`${name}: which types its instanceSelector selects is not known`);
  for (const type of types)
    if (!draft.tools.catalog.has(type)) draft.unknown(`${name}: nothing is known of the instance type ${type}`);
  return { name, sizes, types, subnetIds: subnetsOf(draft, g, name, old), maxPods: size(g.maxPodsPerNode) };
}

/** Named ones, else those of its zones; private where it says so, else public (eksctl's default). */
function subnetsOf(draft: Draft, g: Fields, name: string, old: Known | undefined): readonly string[] {
  const named = texts(g.subnets);
  const all = draft.data('subnets') ?? [];
  if (named.length > 0) {
    return named.flatMap((wanted) => {
      const found = all.find(
        (s) => s.subnetId === wanted || s.tags.Name === wanted || s.tags['alpha.eksctl.io/subnet-alias'] === wanted,
      );
      if (!found) draft.unknown(`${name}: ${wanted} is no subnet that was read`);
      return found ? [found.subnetId] : [];
    });
  }
  const zones = texts(g.availabilityZones);
  if (old && zones.length === 0) return old.subnetIds;
  const wantsPublic = g.privateNetworking !== true;
  const own = draft.data('cluster')?.subnetIds ?? [];
  const found = all.filter(
    (s) =>
      own.includes(s.subnetId) &&
      s.mapPublicIp === wantsPublic &&
      (zones.length === 0 || zones.includes(s.availabilityZone)),
  );
  if (found.length === 0)
    draft.unknown(
      `${name}: its subnets are not known: eksctl puts it into the ${wantsPublic ? 'public' : 'private'} ones of the cluster`,
    );
  return found.map((s) => s.subnetId);
}

function isSame(old: Omit<Known, 'types'>, { sizes, types, subnetIds }: Wanted, had: readonly string[]): boolean {
  return (
    old.minSize === sizes.minSize &&
    old.desiredSize === sizes.desiredSize &&
    old.maxSize === sizes.maxSize &&
    sameSet(old.subnetIds, subnetIds) &&
    sameSet(had, types)
  );
}

function statement({ sizes, types }: Wanted, old: Wanted['sizes'] | undefined): string {
  const now = `${sizes.desiredSize} nodes (${sizes.minSize} to ${sizes.maxSize})`;
  const what = `${types.join(' or ') || 'types as before'}, ${now}`;
  return old
    ? `${what} in place of ${old.desiredSize} (${old.minSize} to ${old.maxSize})`
    : `a new node group: ${what}`;
}
