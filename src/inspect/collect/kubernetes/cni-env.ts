/** The environment a container of aws-node gets, as far as the CNI's own variables go: `value`, ConfigMap keys, `envFrom`. */

import { CNI_VARIABLES, variableMeant } from '../../../calc/ipamd/variables.ts';
import type { KubernetesObject } from './access.ts';
import { list, text, textMap } from './wire-fields.ts';

export interface ContainerEnv {
  readonly env: Record<string, string>;
  /** Known variables whose value comes from something that was not read. */
  readonly unresolved: string[];
  /** Known variables whose value a ConfigMap gives, with its name. */
  readonly fromConfigMap?: Record<string, string>;
}

/** `data` of a ConfigMap: undefined where there is none, 'unread' where it could not be read. */
export type ConfigMapData = Readonly<Record<string, string>> | 'unread' | undefined;

/** The ConfigMaps of the container's namespace, by name. */
export type ConfigMaps = ReadonlyMap<string, ConfigMapData>;

/** Names of the ConfigMaps a container's known variables may come from. */
export function configMapsOf(container: KubernetesObject): string[] {
  const keyed = list(container.env)
    .filter((e) => CNI_VARIABLES.has(e.name))
    .map((e) => text(e.valueFrom?.configMapKeyRef?.name));
  const whole = list(container.envFrom).map((e) => text(e.configMapRef?.name));
  return [...new Set([...keyed, ...whole].filter((n) => n !== undefined))];
}

/** True where variables come from a Secret as a whole: none is ever read. */
export function takesSecret(container: KubernetesObject): boolean {
  return list(container.envFrom).some((e) => e.secretRef !== undefined);
}

/** `env` goes before `envFrom`, and the last of a name wins (core/v1 Container). */
export function environmentOf(container: KubernetesObject, configMaps: ConfigMaps): ContainerEnv {
  const values = new Map<string, string>();
  const unread = new Set<string>();
  const origins = new Map<string, string>();
  const set = (name: string, value: string | undefined, read: boolean, configMap?: string) => {
    if (!CNI_VARIABLES.has(name)) return;
    values.delete(name);
    unread.delete(name);
    origins.delete(name);
    if (!read) unread.add(name);
    else if (value !== undefined) values.set(name, value);
    if (read && value !== undefined && configMap !== undefined) origins.set(name, configMap);
  };
  for (const source of list(container.envFrom)) {
    const prefix = text(source.prefix) ?? '';
    const from = text(source.configMapRef?.name);
    const data = configMaps.get(from ?? '');
    if (data === 'unread') for (const name of CNI_VARIABLES) set(name, undefined, false);
    else for (const [key, value] of Object.entries(data ?? {})) set(`${prefix}${key}`, value, true, from);
  }
  for (const entry of list(container.env)) {
    const name = text(entry.name) ?? '';
    const from = entry.valueFrom;
    if (!from) set(name, typeof entry.value === 'string' ? entry.value : '', true);
    else if (!from.configMapKeyRef) set(name, undefined, false);
    else {
      const data = configMaps.get(text(from.configMapKeyRef.name) ?? '');
      if (data === 'unread') set(name, undefined, false);
      else set(name, data?.[text(from.configMapKeyRef.key) ?? ''], true, text(from.configMapKeyRef.name));
    }
  }
  const sorted = (map: ReadonlyMap<string, string>) =>
    Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    env: sorted(values),
    unresolved: [...unread].sort(),
    ...(origins.size > 0 ? { fromConfigMap: sorted(origins) } : {}),
  };
}

/** Names of the container's own `env` that are set twice, or nearly spell a known variable. */
export function oddNames(container: KubernetesObject): {
  readonly duplicates?: string[];
  readonly misspelt?: string[];
} {
  const names = list(container.env).flatMap((e) => text(e.name) ?? []);
  const duplicates = [...new Set(names.filter((n, i) => CNI_VARIABLES.has(n) && names.indexOf(n) !== i))].sort();
  const misspelt = [...new Set(names.filter((n) => variableMeant(n) !== undefined))].sort();
  return { ...(duplicates.length > 0 ? { duplicates } : {}), ...(misspelt.length > 0 ? { misspelt } : {}) };
}

/** `data` of a ConfigMap object. */
export function dataOf(configMap: KubernetesObject | undefined): Record<string, string> | undefined {
  return configMap && textMap(configMap.data);
}
