/** The access to AWS that collectors get: paged read calls, counted, limited and retried behind it. */
export interface AwsAccess {
  readonly region: string;
  /** @throws CollectFailure where the cluster's name is not known. */
  readonly clusterName: string;
  /**
   * Runs one read operation through all its pages and returns the items of every page, reduced as each page arrives.
   * `iam` names the action in errors and in `sources`, and must be one the collector declares.
   * @throws CollectFailure
   */
  readonly pages: <Out extends AwsReply, Item>(
    iam: string,
    send: (token: string | undefined) => Promise<Out>,
    read: (out: Out) => Page<Item>,
  ) => Promise<Item[]>;
  /** One call without pages. @throws CollectFailure */
  readonly call: <Out extends AwsReply>(iam: string, send: () => Promise<Out>) => Promise<Out>;
  readonly clients: AwsClients;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Token of the next page; undefined on the last. */
  readonly next: string | undefined;
}

/** What every SDK reply carries: how often it had to be asked. */
export interface AwsReply {
  readonly $metadata?: { readonly attempts?: number };
}

export type AwsService = 'ec2' | 'eks' | 'autoscaling' | 'sts' | 'iam' | 'servicequotas';

/** SDK modules with a ready client, loaded when first asked for so that an unused service costs no import. */
export interface AwsClients {
  readonly ec2: () => Promise<typeof import('./sdk/ec2.ts') & { client: import('@aws-sdk/client-ec2').EC2Client }>;
  readonly eks: () => Promise<typeof import('./sdk/eks.ts') & { client: import('@aws-sdk/client-eks').EKSClient }>;
  readonly autoScaling: () => Promise<
    typeof import('./sdk/auto-scaling.ts') & { client: import('@aws-sdk/client-auto-scaling').AutoScalingClient }
  >;
  readonly iam: () => Promise<typeof import('./sdk/iam.ts') & { client: import('@aws-sdk/client-iam').IAMClient }>;
  readonly serviceQuotas: () => Promise<
    typeof import('./sdk/service-quotas.ts') & {
      client: import('@aws-sdk/client-service-quotas').ServiceQuotasClient;
    }
  >;
  readonly sts: () => Promise<typeof import('./sdk/sts.ts') & { client: import('@aws-sdk/client-sts').STSClient }>;
}
