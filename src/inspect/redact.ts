/**
 * A snapshot to hand to others: names, ids and addresses replaced by stand-ins, the same text by the same one, so that
 * every fact derived from it is the same up to renaming. The key is random and not kept.
 */

import { keyedHash } from './redact/hash.ts';
import { Pseudonyms } from './redact/pseudonyms.ts';
import { redactGap, redactSource } from './redact/reasons.ts';
import { ruleFor } from './redact/rules.ts';
import { gapsOf, type Section } from './snapshot/section.ts';
import { type ClusterSnapshot, SECTION_NAMES, type Sections } from './snapshot.ts';

export { newKey } from './redact/hash.ts';

/** @param key as `newKey` makes it; the same key gives the same stand-ins */
export function redact(snapshot: ClusterSnapshot, key: Uint8Array): ClusterSnapshot {
  const pseudonyms = new Pseudonyms(keyedHash(key), subnetCidrs(snapshot));
  const sections = Object.fromEntries(
    SECTION_NAMES.map((name) => [name, redactSection(name, snapshot[name], pseudonyms)]),
  ) as unknown as Sections;
  const { kind, schemaVersion, tool, collectedAt } = snapshot;
  const sources = snapshot.sources.map(redactSource);
  return { kind, schemaVersion, tool, collectedAt, redacted: true, sources, ...sections };
}

/** Inside a subnet addresses keep their place. */
function subnetCidrs({ subnets }: ClusterSnapshot): string[] {
  return 'data' in subnets ? subnets.data.flatMap((s) => [s.cidr, ...s.ipv6Cidrs]) : [];
}

function redactSection(name: string, section: Section<unknown>, p: Pseudonyms): Section<unknown> {
  switch (section.status) {
    case 'ok':
      return { ...section, data: redactValue(name, section.data, p) };
    case 'partial':
      return { ...section, data: redactValue(name, section.data, p), missing: section.missing.map(redactGap) };
    default: {
      const { reason, permission = 'a permission', section: about, kind } = redactGap(gapsOf(section, name)[0]!);
      const needs = about === undefined || about === name ? {} : { needs: about };
      if (section.status === 'denied') return { status: 'denied', permission, reason, ...needs };
      return { status: section.status, kind, reason, ...(section.status === 'failed' ? needs : {}) };
    }
  }
}

function redactValue(section: string, value: unknown, p: Pseudonyms): unknown {
  if (typeof value === 'string') return p.of(value);
  if (Array.isArray(value)) return value.map((v) => redactValue(section, v, p));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, v]) => {
      if (v === undefined) return [];
      const rule = ruleFor(section, field);
      const redacted = rule ? rule(v, p) : redactValue(section, v, p);
      return redacted === undefined ? [] : [[field, redacted]];
    }),
  );
}
