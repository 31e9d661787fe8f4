import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/exit-code.ts';
import { collectOptions, milliseconds, withCluster } from '../../src/commands/target.ts';
import { fakeIo } from './fake-io.ts';

describe('target flags', () => {
  it('ask both sides, five calls at a time, as long as it goes on, unless told otherwise', () => {
    expect(collectOptions(fakeIo(), {})).toMatchObject({
      kubernetes: true,
      aws: true,
      concurrency: 5,
      retryMode: 'standard',
    });
    expect(
      collectOptions(fakeIo(), { kube: false, timeout: '2m', concurrency: 2, retryMode: 'adaptive' }),
    ).toMatchObject({
      kubernetes: false,
      timeoutMs: 120_000,
      concurrency: 2,
      retryMode: 'adaptive',
    });
  });

  it('leave something to ask', () => {
    expect(() => collectOptions(fakeIo(), { kube: false, aws: false })).toThrow(UsageError);
    expect(() => collectOptions(fakeIo(), { concurrency: 0 })).toThrow(UsageError);
  });

  it.each([
    ['60s', 60_000],
    ['1.5m', 90_000],
    ['250ms', 250],
    ['90', 90_000],
  ])('read the duration %s', (text, ms) => {
    expect(milliseconds(text)).toBe(ms);
  });

  it.each(['', '0', '-5s', 'soon', '5 s', '5x', '9999h'])('refuse the duration "%s"', (text) => {
    expect(() => milliseconds(text)).toThrow(UsageError);
  });

  it('say what a duration is made of, for the flag that was given', () => {
    expect(() => milliseconds('soon', '--max-age')).toThrow(
      '--max-age "soon" is no duration: a number above 0 with ms, s, m, h or d behind it, or of seconds',
    );
    expect(() => milliseconds('9999h')).toThrow('--timeout "9999h" is longer than it can wait: 24d at most');
  });

  it('take the cluster as argument or as flag', () => {
    expect(withCluster('a', {}).cluster).toBe('a');
    expect(withCluster(undefined, { cluster: 'a' }).cluster).toBe('a');
    expect(withCluster('a', { cluster: 'a' }).cluster).toBe('a');
    expect(() => withCluster('a', { cluster: 'b' })).toThrow('"a" or --cluster "b"');
  });
});
