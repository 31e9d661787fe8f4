import type { Ec2Call } from './ec2.ts';

/** One thing that happened on a simulated node; `at` is seconds since start-up began. */
export type SimEvent =
  | {
      readonly at: number;
      readonly kind: 'call';
      readonly call: Ec2Call;
      /** ENI by its number, 1 being the primary. */
      readonly eni: number;
      /** Slots asked for, given back or released. */
      readonly count: number;
      /** `ok` or the error code. */
      readonly result: string;
    }
  /** Nothing is asked of EC2 for 120 s. */
  | { readonly at: number; readonly kind: 'pause' }
  | { readonly at: number; readonly kind: 'trunk'; readonly what: 'asked' | 'attached' | 'known' | 'refused' }
  | { readonly at: number; readonly kind: 'adopted'; readonly eni: number; readonly count: number }
  | {
      readonly at: number;
      readonly kind: 'pods';
      readonly added: number;
      readonly removed: number;
      readonly waiting: number;
    }
  | {
      readonly at: number;
      readonly kind: 'branch';
      readonly inUse: number;
      readonly cooling: number;
      readonly waiting: number;
    }
  | { readonly at: number; readonly kind: 'startFailed'; readonly reason: string };
