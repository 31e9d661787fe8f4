import { Sha256 } from '@aws-crypto/sha256-js';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { SignatureV4 } from '@smithy/signature-v4';

export const REGION = 'eu-west-1';
export const ACCOUNT = '111122223333';

/** Keys the emulator knows (moto/overlay/token_review.py): the viewer's user is in the Kubernetes group `viewers`. */
export const VIEWER_KEYS = { accessKeyId: 'AKIARIGVIEWER0000001', secretAccessKey: 'rig' };
export const NOBODY_KEYS = { accessKeyId: 'AKIARIGNOBODY0000001', secretAccessKey: 'rig' };

/** What a child process (aws, vpccni) needs to talk to the emulator and to nothing else. */
export function awsEnv(endpoint: string, keys = VIEWER_KEYS): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PAGER: '',
  };
}

export interface Aws {
  ec2: EC2Client;
  eks: EKSClient;
  autoScaling: AutoScalingClient;
  /** One call of the query protocol, for IAM, whose SDK client the project does not need. */
  iam(action: string, params?: Record<string, string>): Promise<string>;
  close(): void;
}

export function awsClients(endpoint: string): Aws {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'; // a notice on Node 20, at every start
  const options = { endpoint, region: REGION, credentials: VIEWER_KEYS };
  const ec2 = new EC2Client(options);
  const eks = new EKSClient(options);
  const autoScaling = new AutoScalingClient(options);
  const signer = new SignatureV4({ service: 'iam', region: 'us-east-1', credentials: VIEWER_KEYS, sha256: Sha256 });
  const iam = async (action: string, params: Record<string, string> = {}): Promise<string> => {
    const url = new URL(endpoint);
    const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...params }).toString();
    const headers = { host: url.host, 'content-type': 'application/x-www-form-urlencoded' };
    const signed = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: '/',
      headers,
      body,
      query: {},
    });
    const reply = await fetch(url, { method: 'POST', headers: signed.headers, body });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`iam ${action}: ${reply.status} ${text.slice(0, 300)}`);
    return text;
  };
  const close = (): void => {
    for (const client of [ec2, eks, autoScaling]) client.destroy();
  };
  return { ec2, eks, autoScaling, iam, close };
}
