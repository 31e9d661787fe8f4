/** Name and version as reports, snapshots and user agents carry them. The version is put in by the build. */
declare const __VPCCNI_VERSION__: string | undefined;

export const TOOL = {
  name: 'vpccni',
  version: typeof __VPCCNI_VERSION__ === 'string' ? __VPCCNI_VERSION__ : '0.0.0-dev',
} as const;
