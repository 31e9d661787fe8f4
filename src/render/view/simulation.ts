/** One node's ipamd: a batch of cases, a node step by step, or settings side by side. */
import type { SimulationReport } from '../../inspect/contract/simulation.ts';
import type { Block } from '../blocks.ts';
import { batchView } from './simulation/batch.ts';
import { comparisonView } from './simulation/comparison.ts';
import { nodeView } from './simulation/node.ts';

export function simulationView(report: SimulationReport): readonly Block[] {
  switch (report.question) {
    case 'batch':
      return batchView(report);
    case 'node':
      return nodeView(report);
    case 'comparison':
      return comparisonView(report);
  }
}
