/** What aws-node itself says: its log and its metrics. Read only where the user asks for it. */

import * as v from 'valibot';
import type { Gap } from './section.ts';
import { count } from './values.ts';

/** What lines of a log are about; the lines themselves are dropped. */
export const LOG_SIGNS = [
  'api-server-unreachable',
  'unauthorized',
  'no-credentials',
  'eniconfig-missing',
  'no-address',
  'no-block',
  'throttled',
  'metadata-unreachable',
  'policy-mode-invalid',
  'port-taken',
  'address-in-use',
] as const;

const textCounts = v.record(v.string(), v.number());

export const cniLogsSchema = v.array(
  v.object({
    pod: v.string(),
    node: v.optional(v.string()),
    container: v.string(),
    /** Of the run before this one. */
    previous: v.boolean(),
    lines: count,
    signs: v.array(
      v.object({
        sign: v.picklist(LOG_SIGNS),
        lines: count,
        /** The AWS action a refusal names. */
        action: v.optional(v.string()),
      }),
    ),
  }),
);

export const cniMetricsSchema = v.array(
  v.object({
    pod: v.string(),
    node: v.optional(v.string()),
    /** `awscni_assigned_ip_addresses`: sums over the labels of a metric. */
    values: textCounts,
    /** Calls that AWS answered with an error, by its code, since the pod started. */
    awsErrors: textCounts,
    /** Of those the refusals for want of a permission, by the call: `AssignPrivateIpAddresses`; absent in files that did not tell. */
    unauthorized: v.optional(textCounts),
  }),
);

export type CniLogs = v.InferOutput<typeof cniLogsSchema>;
export type CniMetrics = v.InferOutput<typeof cniMetricsSchema>;
export type LogSign = (typeof LOG_SIGNS)[number];

/** Sections that are read only where the user asks for them: without them nothing is less certain than before. */
export const OPT_IN_SECTIONS: ReadonlySet<string> = new Set(['cniLogs', 'cniMetrics']);

/** What nobody asked for is no loss. */
export function isUnasked({ section, kind }: Gap): boolean {
  return section !== undefined && OPT_IN_SECTIONS.has(section) && (kind === 'switched-off' || kind === 'not-collected');
}
