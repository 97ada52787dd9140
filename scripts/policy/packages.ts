import type { Json } from './engine/properties.ts';
import { isStack } from './engine/state.ts';
import type { Subject } from './report.ts';

/** The blob of a package is named for the digest: docs/decisions/013-what-a-slot-runs.md. */
const PACKAGE_URL = /\/([0-9a-f]{64})\.zip(?:\?|$)/;
const DIGEST = /^[0-9a-f]{64}$/;
const SETTINGS = { production: /:WebAppApplicationSettings$/, staging: /:WebAppApplicationSettingsSlot$/ } as const;

/** A resource by what it was given and what came of it. */
export interface SeenResource {
  readonly type: string;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly outputs: Readonly<Record<string, Json>>;
}

/** Which package was built, and which each slot runs by its settings. What is not known, as before a first update, is left out. */
export function packagesOf(resources: readonly SeenResource[]): Subject['packages'] {
  const built = resources.find(isStack)?.outputs['packageDigest'];
  const [production, staging] = [SETTINGS.production, SETTINGS.staging].map((type) => {
    const settings = resources.find((resource) => type.test(resource.type));
    return settings && (packageOf(settings.outputs) ?? packageOf(settings.inputs));
  });
  return { ...(typeof built === 'string' && DIGEST.test(built) ? { built } : {}), ...(production === undefined ? {} : { production }), ...(staging === undefined ? {} : { staging }) };
}

function packageOf({ properties }: Readonly<Record<string, Json>>): string | undefined {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return undefined;
  const url = properties['WEBSITE_RUN_FROM_PACKAGE'];
  return typeof url === 'string' ? PACKAGE_URL.exec(url)?.[1] : undefined;
}
