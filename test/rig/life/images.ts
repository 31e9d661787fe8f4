import { REGION } from '../clients/aws.ts';

const HELD = new RegExp(
  `^602401143452\\.dkr\\.ecr\\.${REGION}\\.amazonaws\\.com/[^:@]+:v\\d+\\.\\d+\\.\\d+(?:-eksbuild\\.\\d+)?$`,
);

/** Whether nodes can pull it: of the registries with a name of their own they reach that of EKS in their Region alone. */
export function canPull(image: string): boolean {
  const [host = '', ...rest] = image.split('/');
  return rest.length === 0 || !host.includes('.') || HELD.test(image);
}

/** What the kubelet says between two tries (kubelet/images: image_manager.go; containerd). */
export const backOff = (image: string): { reason: string; message: string } => ({
  reason: 'ImagePullBackOff',
  message: `Back-off pulling image "${image}": ErrImagePull: failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
});
