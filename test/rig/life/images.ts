import { REGION } from '../clients/aws.ts';

/** EKS has its images in an account of its own, in each Region; releases of its add-ons have tags like v1.34.1-minimal-eksbuild.2. */
const OF_EKS = /^602401143452\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/[^:@]+:(.+)$/;
const RELEASE = /^v\d+\.\d+\.\d+(?:-minimal)?(?:-eksbuild\.\d+)?$/;

/** Whether nodes can pull it: of EKS only what it has in their Region; all else they reach. */
export function canPull(image: string): boolean {
  const [, region, tag] = OF_EKS.exec(image) ?? [];
  return region === undefined || tag === undefined || (region === REGION && RELEASE.test(tag));
}

/** What the kubelet says between two tries (kubelet/images: image_manager.go; containerd). */
export const backOff = (image: string): { reason: string; message: string } => ({
  reason: 'ImagePullBackOff',
  message: `Back-off pulling image "${image}": ErrImagePull: failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
});
