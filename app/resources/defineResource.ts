import { UriTemplate } from '@modelcontextprotocol/server';
import type { Access } from '../access/decideAccess.ts';

/** One resource in a list. */
export interface ListedResource {
  readonly uri: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType: string;
}

/** What a resource holds: text, or bytes as base64. */
export type ResourceBody = { readonly text: string } | { readonly blob: string };

/** A family of resources behind one URI template. Source: Model Context Protocol 2026-07-28, server/resources. */
export interface ResourceDeclaration {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** A template of RFC 6570 such as `fact://{topic}`, or a URI without variables: then there is one resource. */
  readonly uri: string;
  readonly mimeType: string;
  readonly access: Access;
  /** The resources that exist, in a fixed order. Empty when they cannot be listed. */
  readonly list: () => readonly ListedResource[];
  /** @returns undefined when there is no such resource */
  readonly read: (variables: Readonly<Record<string, string>>) => ResourceBody | undefined | Promise<ResourceBody | undefined>;
  /** Values of a variable that begin with what was typed. */
  readonly complete?: Readonly<Record<string, (typed: string) => readonly string[]>>;
}

export interface Resource extends ResourceDeclaration {
  readonly isTemplate: boolean;
  /** @returns the variables of a URI of this family, undefined for any other URI */
  match(uri: string): Readonly<Record<string, string>> | undefined;
}

/** Longest URI that is matched, in characters: matching is linear in it. */
const MAX_URI_LENGTH = 2_048;

/** Declares a family of resources. */
export function defineResource(declaration: ResourceDeclaration): Resource {
  const template = new UriTemplate(declaration.uri);
  return {
    ...declaration,
    isTemplate: UriTemplate.isTemplate(declaration.uri),
    match(uri) {
      if (uri.length > MAX_URI_LENGTH) return undefined;
      if (!this.isTemplate) return uri === declaration.uri ? {} : undefined;
      const matched = template.match(uri);
      return matched === null ? undefined : decode(matched);
    },
  };
}

/** @returns undefined when a value is not valid percent-encoding, or is a list */
function decode(matched: Readonly<Record<string, string | string[]>>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(Object.entries(matched).map(([name, value]) => [name, decodeURIComponent(String(value))]));
  } catch {
    return undefined;
  }
}
