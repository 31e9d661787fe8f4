/** Of the Kubernetes client what is used, and nothing else: the rest, a class for each kind there is, stays out of the bundle. */
export { KubeConfig } from '@kubernetes/client-node';
