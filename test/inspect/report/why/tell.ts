import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as v from 'valibot';
import { type Why, whySchema } from '../../../../src/inspect/contract/why.ts';
import type { Run } from '../../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { buildWhy } from '../../../../src/inspect/report/why/build.ts';
import { findSubject } from '../../../../src/inspect/report/why/subject.ts';
import { type ClusterSnapshot, parseSnapshot } from '../../../../src/inspect/snapshot.ts';
import { runOf } from '../../../support/snapshot-builder.ts';

/** The story of what `text` names; what it is written as must be what the schema says. */
export function tell(run: Run, text: string): Why {
  const sought = findSubject(run, text);
  if (!('subject' in sought)) throw new Error(`${text}: ${JSON.stringify(sought)}`);
  const why = buildWhy(run, DEFAULT_POLICY, { name: 'vpccni', version: '0.0.0' }, sought.subject);
  return v.parse(whySchema, JSON.parse(JSON.stringify(why)));
}

export async function story(of: ClusterSnapshot, text: string): Promise<Why> {
  return tell(await runOf(of), text);
}

/** Statuses by step; of several links of one step the last. */
export function statuses(why: Why): Readonly<Record<string, string>> {
  return Object.fromEntries(why.chain.map((l) => [l.step, l.status]));
}

export function demo(): ClusterSnapshot {
  return parseSnapshot(JSON.parse(gunzipSync(readFileSync('data/demo.json.gz')).toString('utf8')));
}
