import type { Template, TemplateResource } from './exportGroup.ts';

const CONFIGURATIONS: Readonly<Record<string, string>> = { 'Microsoft.Web/sites': 'Microsoft.Web/sites/config', 'Microsoft.Web/sites/slots': 'Microsoft.Web/sites/slots/config' };

/**
 * A template as checkov reads it. Azure exports the configuration of a site as a resource of its own (`config/web`) and repeats little of it in the site;
 * checkov looks for TLS, FTP, health check and the like in the site's `siteConfig`, as in a template that somebody wrote. So each site is given its own.
 */
export function scannedForm(template: Template): Template {
  return { ...template, resources: template.resources.map((resource) => withConfiguration(resource, template.resources)) };
}

function withConfiguration(resource: TemplateResource, all: readonly TemplateResource[]): TemplateResource {
  const configuration = all.find(({ type, name }) => type === CONFIGURATIONS[resource.type] && name === `${resource.name}/web`);
  if (configuration === undefined) return resource;
  return { ...resource, properties: { ...resource.properties, siteConfig: { ...objectOf(resource.properties?.['siteConfig']), ...configuration.properties } } };
}

function objectOf(value: unknown): Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, never>) : {};
}
