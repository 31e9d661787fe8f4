/** What a snapshot holds and what it lacks, for the screen of `snapshot`. */
import * as v from 'valibot';
import { sourceSchema } from '../snapshot.ts';
import { countOrUnknown, flag, headOf, list, object, text, textOrUnknown } from './fields.ts';

export const snapshotSummarySchema = object({
  ...headOf('SnapshotSummary'),
  cluster: textOrUnknown,
  region: textOrUnknown,
  kubernetesVersion: textOrUnknown,
  collectedAt: text,
  redacted: flag,
  sections: list(
    object({
      name: text,
      status: v.picklist(['ok', 'partial', 'denied', 'failed', 'skipped']),
      /** Number of things in it; null where it is one thing or none was read. */
      items: countOrUnknown,
      lacking: list(text),
    }),
  ),
  sources: list(sourceSchema),
});

export type SnapshotSummary = v.InferOutput<typeof snapshotSummarySchema>;
