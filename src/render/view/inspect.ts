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
  const { wide } = options;
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
