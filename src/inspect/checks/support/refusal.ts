/** Why the API server takes no pod of a controller, in words. */
import { listed } from '../../contract/words.ts';
import type { Refusal } from '../../snapshot/kubernetes.ts';

/** `the quota compute refuses its pods: pods 10 of 10 used, 1 asked`. */
export function refusalText({ by, name, amounts = [], unset = [] }: Refusal): string {
  const called = name === undefined ? '' : ` ${name}`;
  switch (by) {
    case 'quota':
      return `the quota${called} refuses its pods${amounts.length > 0 ? `: ${listed(amounts.map(amountText))}` : ''}`;
    case 'quota-unset':
      return `the quota${called} counts ${unset.length > 0 ? listed(unset) : 'resources'} that its pods do not set`;
    case 'limit-range':
      return `a LimitRange refuses its pods${amounts.length > 0 ? `: ${listed(amounts.map(rangeText))}` : ''}`;
    case 'pod-security':
      return `Pod Security refuses its pods at the level${called}`;
    case 'service-account':
      return `its service account${called} does not exist`;
    case 'priority-class':
      return `its PriorityClass${called} does not exist`;
    case 'webhook':
      return `the admission webhook${called} refuses its pods`;
    case 'webhook-silent':
      return `the admission webhook${called} is asked about its pods and does not answer`;
    case 'policy':
      return `the admission policy${called} refuses its pods`;
    case 'other':
      return 'the API server refuses its pods';
  }
}

type Amount = NonNullable<Refusal['amounts']>[number];

function amountText({ resource, asked, used, limit }: Amount): string {
  return `${resource} ${used ?? '?'} of ${limit} used, ${asked} asked`;
}

function rangeText({ resource, asked, limit }: Amount): string {
  return `${resource} ${asked} asked, its limit is ${limit}`;
}

/** Where the object that refuses is looked at; the words of a `kubectl get` without its namespace's where it has none. */
export function refuserWords({ by, name }: Refusal, namespace: string): readonly string[] | undefined {
  switch (by) {
    case 'quota':
    case 'quota-unset':
      return ['-n', namespace, 'get', 'resourcequota', ...(name ? [name] : []), '-o', 'yaml'];
    case 'limit-range':
      return ['-n', namespace, 'get', 'limitrange', '-o', 'yaml'];
    case 'pod-security':
      return ['get', 'namespace', namespace, '--show-labels'];
    case 'service-account':
      return ['-n', namespace, 'get', 'serviceaccounts'];
    case 'priority-class':
      return ['get', 'priorityclasses'];
    case 'webhook':
    case 'webhook-silent':
      return ['get', 'mutatingwebhookconfigurations,validatingwebhookconfigurations'];
    case 'policy':
      return ['get', 'validatingadmissionpolicies'];
    case 'other':
      return undefined;
  }
}
