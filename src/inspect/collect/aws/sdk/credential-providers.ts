/** The chains credentials are taken from, and nothing else of the package: the rest stays out of the bundle. */
export { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
