/** New settings of aws-node: from an add-on's configuration, from Helm values, from the DaemonSet itself. */

import { CNI_VARIABLES, SHIPPED, variableMeant } from '../../../calc/ipamd/variables.ts';
import { networking } from '../../facts/networking.ts';
import type { Cni } from '../../snapshot/kubernetes.ts';
import type { Draft } from './draft.ts';
import { at, type Fields, fields, isFields, list, text, textMap, texts } from './fields.ts';
import type { ChangeDocument } from './reading.ts';

/** Where the settings stand, for statements. */
export interface Place {
  readonly document: ChangeDocument;
  readonly path: readonly (string | number)[];
  readonly address: string;
}

export const NO_CNI: Cni = {
  installed: true,
  installMethod: 'unknown',
  evidence: [],
  containers: [],
  initContainers: [],
  pods: [],
  otherCnis: [],
};

/** What the document says decides; what neither it nor the old one says stays as it is. */
export function layValues(draft: Draft, place: Place, before: unknown, after: unknown, version?: string): void {
  const [was, is] = [textMap(at(before, 'env')), textMap(at(after, 'env'))];
  const dropped = Object.keys(was).filter((name) => !(name in is));
  setEnv(draft, place, is, dropped, version);
  layEniConfigs(draft, place, at(before, 'eniConfig'), at(after, 'eniConfig'));
}

/**
 * Sets variables of aws-node; dropped ones fall back to what the manifest ships. Values that are no CNI setting are left out: an
 * environment may hold credentials.
 */
export function setEnv(
  draft: Draft,
  place: Place,
  set: Readonly<Record<string, string>>,
  dropped: readonly string[] = [],
  version?: string,
): void {
  const old = envOf(draft.data('cni'));
  const kept = Object.entries(old).filter(([name]) => !dropped.includes(name));
  const shipped = dropped.flatMap((name) => (SHIPPED[name] === undefined ? [] : [[name, SHIPPED[name]] as const]));
  const known = Object.entries(set).filter(([name]) => CNI_VARIABLES.has(name));
  nameMisspelt(draft, place, Object.keys(set));
  putEnv(draft, place, Object.fromEntries([...kept, ...shipped, ...known]), version);
}

/** Names that no program reads and that look like one that is read: what was meant is not in force. */
export function nameMisspelt(draft: Draft, { document, path, address }: Place, names: readonly string[]): void {
  for (const name of names) {
    const meant = CNI_VARIABLES.has(name) ? undefined : variableMeant(name);
    if (meant === undefined) continue;
    draft.misunderstood(document, path, address, `${name} is no setting of aws-node; ${meant} is meant perhaps`);
  }
}

/** The whole environment, as a manifest of the DaemonSet gives it. */
export function putEnv(draft: Draft, place: Place, env: Readonly<Record<string, string>>, version?: string): void {
  const cni = draft.data('cni');
  const old = envOf(cni);
  const release = version?.replace(/^v?(?=\d)/, 'v') ?? cni?.version;
  const changed = [...new Set([...Object.keys(old), ...Object.keys(env)])].filter((n) => old[n] !== env[n]).sort();
  const newRelease = release !== cni?.version;
  if (changed.length === 0 && !newRelease) {
    draft.ignore();
    return;
  }
  draft.edit('cni', NO_CNI, (c) => ({
    ...c,
    installed: true,
    ...(release === undefined ? {} : { version: release }),
    containers: [
      {
        name: 'aws-node',
        image: '',
        unresolved: [],
        args: [],
        ...c.containers.find((x) => x.name === 'aws-node'),
        env,
      },
      ...c.containers.filter((x) => x.name !== 'aws-node'),
    ],
  }));
  const shown = changed.map((n) => `${n} ${old[n] ?? 'unset'} → ${env[n] ?? 'unset'}`);
  const to = newRelease ? [`release ${cni?.version ?? 'unknown'} → ${release}`] : [];
  draft.effect(place.document, place.path, place.address, `aws-node: ${[...to, ...shown].join(', ')}`);
}

function envOf(cni: Cni | undefined): Readonly<Record<string, string>> {
  return cni?.containers.find((c) => c.name === 'aws-node')?.env ?? {};
}

/** `eniConfig.create` with one subnet an ENIConfig, as the chart and the add-on write them. */
function layEniConfigs(draft: Draft, place: Place, before: unknown, after: unknown): void {
  const names = (of: unknown): readonly (readonly [string, Fields])[] =>
    at(of, 'create') === true || at(of, 'create') === 'true'
      ? Object.entries(fields(at(of, 'subnets'))).map(([name, v]) => [name, fields(v)] as const)
      : [];
  const next = names(after);
  for (const [name, own] of next) {
    const subnetId = text(own.id);
    if (subnetId === undefined) {
      draft.misunderstood(place.document, place.path, place.address, `the ENIConfig ${name} names no subnet`);
      continue;
    }
    putEniConfig(draft, place, { name, subnetId, securityGroupIds: texts(own.securityGroups) });
  }
  for (const [name] of names(before)) if (!next.some(([n]) => n === name)) dropEniConfig(draft, place, name);
  if (isFields(at(after, 'eniConfig')) && list(at(after, 'eniConfig', 'subnets')).length > 0)
    draft.misunderstood(
      place.document,
      place.path,
      place.address,
      'subnets of eniConfig are a list, not a map by name',
    );
}

export function putEniConfig(
  draft: Draft,
  { document, path, address }: Place,
  config: { readonly name: string; readonly subnetId: string; readonly securityGroupIds: string[] },
): void {
  const old = draft.data('eniConfigs')?.find((c) => c.name === config.name);
  if (old?.subnetId === config.subnetId) {
    draft.ignore();
    return;
  }
  draft.edit('eniConfigs', [], (all) => [...all.filter((c) => c.name !== config.name), config]);
  if (!draft.data('subnets')?.some((s) => s.subnetId === config.subnetId))
    draft.unknown(`${address}: ${config.subnetId} of the ENIConfig ${config.name} is no subnet that was read`);
  const from = old?.subnetId === undefined ? '' : ` in place of ${old.subnetId}`;
  const idle = draft.run.valueOf(networking)?.settings.customNetworking === false;
  const where = `ENIConfig ${config.name} puts pods into ${config.subnetId}${from}`;
  draft.effect(document, path, address, idle ? `${where} once custom networking is on: it is off` : where, [
    config.subnetId,
    ...(old?.subnetId === undefined ? [] : [old.subnetId]),
  ]);
}

/** The ENIConfig is gone. Nodes that use it get no further ENIs: which are named. */
export function dropEniConfig(draft: Draft, { document, path, address }: Place, name: string): void {
  const old = draft.data('eniConfigs')?.find((c) => c.name === name);
  if (!old) {
    draft.ignore();
    return;
  }
  draft.edit('eniConfigs', [], (all) => all.filter((c) => c.name !== name));
  draft.effect(document, path, address, `ENIConfig ${name} is removed`, old.subnetId ? [old.subnetId] : []);
  draft.remove(document, path, { what: 'eni-config', id: name, address });
}
