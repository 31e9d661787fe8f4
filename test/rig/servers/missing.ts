import { ensureApiServer } from './kube-apiserver.ts';
import { ensureMoto } from './moto.ts';
import { Unavailable } from './process.ts';

export interface Missing {
  /** Why the EC2 and EKS emulator cannot run here; undefined when it can. */
  emulator?: string;
  /** Why the API server cannot run here. */
  apiServer?: string;
}

function reason(ensure: () => unknown): string | undefined {
  try {
    ensure();
    return undefined;
  } catch (error) {
    if (error instanceof Unavailable) return error.message;
    throw error;
  }
}

/** Installs and builds what it can, and says what cannot run here and why. Seconds when everything is cached. */
export function missingServers(say: (line: string) => void = () => {}): Missing {
  return { emulator: reason(() => ensureMoto(say)), apiServer: reason(() => ensureApiServer(say)) };
}
