import { toJsonSchema } from '@valibot/to-json-schema';
import { describe, expect, it } from 'vitest';
import { changeSchema, gateSchema, planSchema, scenarioResultSchema } from '../../../src/inspect/contract/plan.ts';

describe('the schemas of plan and gate', () => {
  it.each([
    ['Plan', planSchema],
    ['Gate', gateSchema],
    ['a scenario', scenarioResultSchema],
    ['a change', changeSchema],
  ])('%s can be published as JSON Schema', (_, schema) => {
    expect(() => toJsonSchema(schema, { ignoreActions: ['readonly'], errorMode: 'throw' })).not.toThrow();
  });
});
