/** `simulate --input`: a file of cases, each answered by itself. */
import type { Catalog } from '../../calc/catalog/index.ts';
import { CaseError, runCase } from '../../calc/ipamd/index.ts';
import { reportHead } from '../../inspect/contract/head.ts';
import type { BatchItem, BatchSimulation } from '../../inspect/contract/simulation.ts';
import { TOOL } from '../../tool.ts';
import { UsageError } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { readJsonInput } from '../read-input.ts';

/** @throws UsageError naming the item that cannot be read, and why */
export async function batchReport(io: Io, path: string, catalog: Catalog): Promise<BatchSimulation> {
  const file = path === '-' ? 'standard input' : path;
  const cases = await readJsonInput(io, path);
  if (!Array.isArray(cases)) throw new UsageError(`${file} must hold a JSON array of cases`);
  return {
    ...reportHead('Simulation', { tool: TOOL, generatedAt: new Date().toISOString() }),
    question: 'batch',
    items: cases.map((each: unknown, index) => answer(each, catalog, `${file}, item ${index}${named(each)}`)),
  };
}

function answer(input: unknown, catalog: Catalog, where: string): BatchItem {
  try {
    const result = runCase(input, (name) => catalog.get(name));
    const type = field(input, 'instanceType');
    if (typeof type !== 'string' || catalog.has(type)) return result;
    return { ...result, notes: [`instance type ${JSON.stringify(type)} is not in the catalog: Nitro assumed`] };
  } catch (error) {
    throw error instanceof CaseError ? new UsageError(`${where}: ${error.why}`) : error;
  }
}

function named(input: unknown): string {
  const id = field(input, 'id');
  return typeof id === 'string' ? ` (${JSON.stringify(id)})` : '';
}

function field(input: unknown, name: string): unknown {
  return typeof input === 'object' && input !== null ? (input as Record<string, unknown>)[name] : undefined;
}
