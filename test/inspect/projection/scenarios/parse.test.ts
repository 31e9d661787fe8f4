import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../../src/inspect/projection/scenarios/index.ts';

describe('the words of a scenario', () => {
  it.each([
    ['today', {}, 'today'],
    ['nodes=9', {}, 'nodes=+9'],
    ['nodes=+9', { instanceType: 'm5.large', podsPerNode: 12 }, 'nodes=+9 --instance m5.large --pods-per-node 12'],
    ['nodes=1', { nodegroup: 'web' }, 'nodes=+1 --nodegroup web'],
  ])('%s with its flags is named by canonical words', (word, options, id) => {
    expect(parseScenario(word, options).id).toBe(id);
  });

  it.each([
    ['tomorrow', {}, /no scenario "tomorrow"; there are today, nodes=\+N/],
    ['nodes', {}, /the number is missing/],
    ['nodes=many', {}, /"many" is no number/],
    ['nodes=0', {}, /"0" is no number/],
    ['nodes=-3', {}, /"-3" is no number/],
    ['nodes=99999999', {}, /"99999999" is no number/],
    ['today=1', {}, /takes nothing behind it/],
    ['today', { instanceType: 'm5.large' }, /--instance says nothing to today/],
  ])('%s is refused with a reason', (word, options, message) => {
    expect(() => parseScenario(word, options)).toThrow(message);
  });
});
