/** The screen of `inspect`: who and of when, what changed, how it stands, the findings, and the answer last, next to the prompt. */
import type { Inspection } from '../../inspect/contract/report.ts';
import type { Block } from '../blocks.ts';
import type { ViewOptions } from '../format/define-format.ts';
import { answerBlocks } from './inspect/answer.ts';
import { capacityBlocks } from './inspect/capacity.ts';
import { changesBlocks } from './inspect/changes.ts';
import { notEvaluatedBlocks } from './inspect/coverage.ts';
import { daemonSetBlocks } from './inspect/daemonsets.ts';
import { findingsBlocks } from './inspect/findings.ts';
import { headerBlocks, settingsBlocks } from './inspect/header.ts';
import { nodesBlocks } from './inspect/nodes.ts';
import { sinceBlocks } from './inspect/since.ts';
import { subnetBlocks } from './inspect/subnets.ts';
import { waitingBlocks } from './inspect/waiting.ts';

export function inspectView(report: Inspection, options: ViewOptions): Block[] {
  const { wide, page } = options;
  if (page) return pageBlocks(report, options);
  return [
    ...headerBlocks(report, options),
    ...changesBlocks(report, wide),
    ...sinceBlocks(report, wide),
    ...(wide ? settingsBlocks(report) : []),
    ...(wide || !report.waitingPods?.length ? capacityBlocks(report) : []),
    ...nodesBlocks(report, wide),
    ...(wide ? daemonSetBlocks(report) : []),
    ...subnetBlocks(report, wide),
    ...(wide ? waitingBlocks(report, wide) : []),
    ...notEvaluatedBlocks(report, wide),
    ...findingsBlocks(report, wide),
    ...answerBlocks(report, options),
  ];
}

/** Read from its top: how it stands, what to do, and then why. */
function pageBlocks(report: Inspection, options: ViewOptions): Block[] {
  return [
    ...headerBlocks(report, options),
    ...answerBlocks(report, options),
    ...findingsBlocks(report, true, true),
    ...waitingBlocks(report, true),
    ...capacityBlocks(report),
    ...subnetBlocks(report, true),
    ...nodesBlocks(report, true),
    ...daemonSetBlocks(report),
    ...changesBlocks(report, true),
    ...sinceBlocks(report, true),
    ...settingsBlocks(report),
    ...notEvaluatedBlocks(report, true),
  ];
}
