/** Fixed figures of ipamd; counts are addresses, times are seconds. */

/** Addresses of one /28 (`data_store.go:GetPrefixDelegationDefaults`). */
export const ADDRESSES_PER_PREFIX = 16;

/** The pool loop sleeps half of this before the pool update and half before the reconcile (`ipamd.go:StartNodeIPPoolManager`). */
export const PASS_SECONDS = 5;

/** Least age before an ENI may be released, counted from when ipamd learned of it (`data_store.go:isTooYoung`). */
export const ENI_MIN_AGE_SECONDS = 60;

/** More than this must pass between two releases of surplus addresses (`ipamd.go:shouldSkipDataStorePoolDecrease`). */
export const SHRINK_INTERVAL_SECONDS = 30;

/** No request is made for this long after a recorded shortage (`ipamd.go:inInsufficientCidrCoolingPeriod`). */
export const SHORTAGE_PAUSE_SECONDS = 120;

/** The address of a deleted pod is not handed out again for this long unless IP_COOLDOWN_PERIOD says otherwise. */
export const POD_COOLDOWN_SECONDS = 30;

/** An address ipamd gave back is not read from instance metadata again for this long (`ipamd.go:DeallocCidrs`). */
export const READOPTION_GUARD_SECONDS = 60;

/** Attached ENIs are compared with instance metadata when the pool did not change for longer than this. */
export const RECONCILE_INTERVAL_SECONDS = 60;

/** Time the resource controller takes to attach the trunk, in the runs the model is checked against. */
export const TRUNK_ATTACH_SECONDS = 8;

/** Default wait of a branch ENI after its pod is gone, and the period of the queue that deletes it (`cooldown.go`, `trunk.go`). */
export const BRANCH_COOLDOWN_SECONDS = 60;
export const BRANCH_COOLDOWN_MIN_SECONDS = 30;
export const BRANCH_QUEUE_SECONDS = 30;

/** Network cards above 0 ignore the configured targets and keep these (`ipamd.go:datastoreTargetState`). */
export const EXTRA_CARD_WARM_IP_TARGET = 1;
export const EXTRA_CARD_MINIMUM_IP_TARGET = 1;

/** maxPods when neither the API server nor the bundled table can be read (`ipamd.go:nodeInit`). */
export const FALLBACK_MAX_PODS = 110;

/** VLAN ids a trunk can hand out: the most branch ENIs any type can have (`trunk.go`). */
export const TRUNK_VLANS = 120;
