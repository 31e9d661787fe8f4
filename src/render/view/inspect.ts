/** The screen of `inspect`: who, verdict, what changed, how it stands, and the findings last, next to the prompt. */
import type { Inspection } from '../../inspect/contract/report.ts';
import type { Block } from '../blocks.ts';
import { capacityBlocks } from './inspect/capacity.ts';
import { changesBlocks } from './inspect/changes.ts';
import { closingBlocks, notEvaluatedBlocks } from './inspect/coverage.ts';
import { daemonSetBlocks } from './inspect/daemonsets.ts';
import { findingsBlocks } from './inspect/findings.ts';
import { headerBlocks, settingsBlocks } from './inspect/header.ts';
import { nodesBlocks } from './inspect/nodes.ts';
import { subnetBlocks } from './inspect/subnets.ts';
import { verdictBlocks } from './inspect/verdict.ts';
import { waitingBlocks } from './inspect/waiting.ts';

export function inspectView(report: Inspection, { wide }: { readonly wide: boolean }): Block[] {
  const urgent = (report.verdict.stuckPods ?? 0) > 0;
  return [
    ...headerBlocks(report, wide),
    ...verdictBlocks(report),
    ...waitingBlocks(report, wide),
    ...changesBlocks(report, wide),
    ...(wide ? settingsBlocks(report) : []),
    ...(urgent && !wide ? [] : capacityBlocks(report)),
    ...nodesBlocks(report, wide),
    ...daemonSetBlocks(report),
    ...subnetBlocks(report, wide),
    ...findingsBlocks(report, wide),
    ...notEvaluatedBlocks(report, wide),
    ...closingBlocks(report, { wide, capacityWaits: urgent && !wide }),
  ];
}
