/** The narrow door to AWS that collectors get: one paged read call at a time, counted and retried by the runner. */
export interface AwsAccess {
  readonly region: string;
  /** The cluster's name; undefined while it is not known. */
  readonly clusterName: string;
  /**
   * Runs one read operation through all its pages and returns the items of every page.
   * `iam` names the action in errors and in `sources`. Throws what `runner` turns into a section status.
   */
  readonly pages: <Out, Item>(
    iam: string,
    page: (token: string | undefined) => Promise<{ out: Out; next: string | undefined }>,
    items: (out: Out) => readonly Item[],
  ) => Promise<Item[]>;
  /** One call without pages. */
  readonly call: <Out>(iam: string, send: () => Promise<Out>) => Promise<Out>;
  readonly clients: AwsClients;
}

/** SDK clients, made when first asked for so that an unused service costs no import. */
export interface AwsClients {
  readonly ec2: () => Promise<
    typeof import('@aws-sdk/client-ec2') & { client: import('@aws-sdk/client-ec2').EC2Client }
  >;
  readonly eks: () => Promise<
    typeof import('@aws-sdk/client-eks') & { client: import('@aws-sdk/client-eks').EKSClient }
  >;
  readonly autoScaling: () => Promise<
    typeof import('@aws-sdk/client-auto-scaling') & { client: import('@aws-sdk/client-auto-scaling').AutoScalingClient }
  >;
  readonly sts: () => Promise<
    typeof import('@aws-sdk/client-sts') & { client: import('@aws-sdk/client-sts').STSClient }
  >;
}
