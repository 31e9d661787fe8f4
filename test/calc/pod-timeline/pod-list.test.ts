import { describe, expect, it } from 'vitest';
import { evenPods, parsePodList, thereAndBack } from '../../../src/calc/pod-timeline/index.ts';

describe('parsePodList', () => {
  const read = (text: string) => parsePodList(text);

  it('reads counts, stretches and steps, the end included', () => {
    expect(read('0,5,9')).toEqual({ pods: [0, 5, 9] });
    expect(read('0..3')).toEqual({ pods: [0, 1, 2, 3] });
    expect(read('0..25:10')).toEqual({ pods: [0, 10, 20, 25] });
    expect(read('3..1, 7')).toEqual({ pods: [3, 2, 1, 7] });
    expect(read('4..4')).toEqual({ pods: [4] });
    expect(read('0..58')).toMatchObject({ pods: { length: 59 } });
  });

  it.each([
    ['x', /"x" is neither/],
    ['', /"" is neither/],
    ['1..', /neither/],
    ['-3', /neither/],
    ['1.5', /neither/],
    ['0..9:0', /step of 0/],
    ['0..2001', /more than 2000/],
    ['0..2000', /at most 500 steps/],
    ['0..400,0..400', /at most 500 steps/],
  ])('refuses %j', (text, why) => {
    expect(read(text)).toEqual({ wrong: expect.stringMatching(why) });
  });
});

describe('evenPods', () => {
  it('has none, one and the last, with round steps between', () => {
    expect(evenPods(27, 10)).toEqual([0, 1, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
    expect(evenPods(108, 10)).toEqual([0, 1, 20, 40, 60, 80, 100, 108]);
    expect(evenPods(0, 10)).toEqual([0]);
    expect(evenPods(1, 10)).toEqual([0, 1]);
  });
});

describe('thereAndBack', () => {
  it('goes from now to full and back, and empties the node', () => {
    expect(thereAndBack(10, 50)).toEqual([10, 30, 50, 10, 0]);
    expect(thereAndBack(50, 50)).toEqual([50, 0]);
    expect(thereAndBack(60, 50)).toEqual([60, 55, 60, 0]);
    expect(thereAndBack(0, 0)).toEqual([0]);
  });
});
