import { describe, expect, it } from 'vitest';
import { type RequestRecord, SourceLog } from '../../../src/inspect/collect/source-log.ts';

const request = (part: Partial<RequestRecord>): RequestRecord => ({
  section: 'subnets',
  call: 'ec2:DescribeSubnets',
  milliseconds: 10.4,
  items: 5,
  retries: 0,
  outcome: 'ok',
  ...part,
});

describe('SourceLog', () => {
  it('tells how far a list has come, page by page', () => {
    const heard: string[] = [];
    const log = new SourceLog((list) => heard.push(`${list.call} ${list.items}, page ${list.pages}`));
    log.record(request({}));
    log.record(request({ items: 3 }));
    expect(heard).toEqual(['ec2:DescribeSubnets 5, page 1', 'ec2:DescribeSubnets 8, page 2']);
    expect(log.progressOf('subnets')).toBe(2);
    expect(log.progressOf('vpc')).toBe(0);
  });

  it('adds requests up by section and call, in the order of the first', () => {
    const log = new SourceLog();
    log.record(request({}));
    log.record(request({ section: 'vpc', call: 'ec2:DescribeVpcs', items: 1 }));
    log.record(request({ retries: 2 }));
    expect(log.requests).toBe(3);
    expect(log.sources()).toEqual([
      {
        section: 'subnets',
        call: 'ec2:DescribeSubnets',
        requests: 2,
        items: 10,
        milliseconds: 21,
        retries: 2,
        outcome: 'ok',
      },
      { section: 'vpc', call: 'ec2:DescribeVpcs', requests: 1, items: 1, milliseconds: 10, retries: 0, outcome: 'ok' },
    ]);
  });

  it('tells different ends of one call apart', () => {
    const log = new SourceLog();
    log.record(request({ outcome: 'denied' }));
    log.record(request({}));
    log.record(request({}));
    expect(log.sources()[0]?.outcome).toBe('denied 1, ok 2');
  });
});
