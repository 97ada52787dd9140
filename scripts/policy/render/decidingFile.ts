import { readUrn } from './urn.ts';

/** Components of the program, one a file of `infra/components/` that is named for it. A test holds the program to it. */
const COMPONENT = /^mcp:infra:([A-Z]\w*)$/;

/**
 * The file of the repository that decides what a finding is about, as far as its URN tells: of the component that the resource belongs to, of the program for a resource of no component, the settings of the
 * stack for a finding about the stack as a whole. What exempts is decided in the file of exemptions.
 * @returns path from the root of the repository, with forward slashes
 */
export function decidingFile(stack: string, rule: string, urn: string): string {
  if (rule === 'exemptions-in-order') return 'policy/exemptions.yaml';
  const { types, type } = readUrn(urn);
  const component = types.map((one) => COMPONENT.exec(one)?.[1]).findLast((name) => name !== undefined);
  if (component !== undefined) return `infra/components/${component.slice(0, 1).toLowerCase()}${component.slice(1)}.ts`;
  return type === '' || type === 'pulumi:pulumi:Stack' ? `Pulumi.${stack}.yaml` : 'infra/index.ts';
}
