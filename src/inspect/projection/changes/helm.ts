/** Values of the Helm chart aws-vpc-cni, from a file or a release. */
import { FILLED_IN } from '../../../calc/ipamd/variables.ts';
import { layValues, type Place } from './cni-env.ts';
import type { Draft } from './draft.ts';
import { at, type Fields, isFields, list, text, textMap } from './fields.ts';
import { type ChangeDocument, ChangeError } from './reading.ts';

/** Keys of the chart's values.yaml by which a file shows that it is one. */
const KEYS = [
  'env',
  'eniConfig',
  'init',
  'image',
  'nodeAgent',
  'cri',
  'livenessProbe',
  'readinessProbe',
  'crd',
  'resources',
];

/** A values file is all there is: what it does not set falls back to the chart's own. @throws ChangeError */
export function readHelmValues(draft: Draft, document: ChangeDocument): void {
  const values = document.value;
  if (!isFields(values) || !KEYS.some((k) => k in values))
    throw new ChangeError(
      'these are no values of the chart aws-vpc-cni: none of its keys is set (env, eniConfig, image, …)',
    );
  const place = { document, path: ['env'], address: 'aws-vpc-cni' };
  layWhole(draft, place, values);
}

interface Given {
  readonly values: unknown;
  readonly set: unknown;
}

/** Of a release the values before are known as well: only what differs changes. */
export function readHelmRelease(draft: Draft, place: Place, before: Given, after: Given) {
  const is = merged(draft, after);
  if (before.values === undefined && before.set === undefined) return layWhole(draft, place, is);
  layValues(draft, place, merged(draft, before), is, tagOf(is));
}

function layWhole(draft: Draft, place: Place, values: Fields): void {
  const old = draft.data('cni')?.containers.find((c) => c.name === 'aws-node')?.env ?? {};
  const kept = Object.keys(old).filter((name) => FILLED_IN.has(name));
  const before = { env: Object.fromEntries(Object.entries(old).filter(([name]) => !kept.includes(name))) };
  layValues(draft, place, before, values, tagOf(values));
}

function tagOf(values: Fields): string | undefined {
  const tag = text(at(values, 'image', 'tag'));
  return tag !== undefined && /^v?\d+\.\d+\.\d+/.test(tag) ? tag : undefined;
}

/** `values` are documents, the later over the earlier; `set` single values by path over all of them. */
function merged(draft: Draft, { values, set }: Given): Fields {
  const documents = (Array.isArray(values) ? values : []).flatMap((v) => {
    const parsed = typeof v === 'string' ? draft.tools.parseText(v) : v;
    return isFields(parsed) ? [parsed] : [];
  });
  const env: Record<string, unknown> = {};
  for (const d of documents) Object.assign(env, textMap(d.env));
  for (const one of list(set)) {
    const name = /^env\.(\w+)$/.exec(text(one.name) ?? '')?.[1];
    if (name !== undefined) env[name] = one.value;
  }
  return { ...Object.assign({}, ...documents), env };
}
