import { parseOptions, parseStack } from '../arguments.ts';
import { createControlClient, shortInstanceId, type CloudStatus } from '../cloud/controlClient.ts';
import { findEndpoints, type Endpoints } from '../cloud/endpoints.ts';
import { CommandError } from '../commandError.ts';
import { formatTable } from '../table.ts';
import { foldersOf, type CommandContext } from './commandContext.ts';

/**
 * `npm run status`: what runs. Exit code 0 when the local Azure runs, 1 when it does not. With `--template`: what stands in Azure Resource Manager, local or in a subscription, as a
 * template, and with `--scan` what checkov says of it.
 */
export async function status(context: CommandContext): Promise<number> {
  const { template, ...options } = parseOptions('status', context.argv, {
    json: { type: 'boolean' },
    template: { type: 'boolean' },
    scan: { type: 'boolean' },
    out: { type: 'string' },
    stack: { type: 'string' },
    'resource-group': { type: 'string', multiple: true },
  });
  if (template) {
    const { showTemplate } = await import('../template/command.ts');
    return showTemplate(context, { stack: parseStack(options.stack), groupNames: options['resource-group'] ?? [], out: options.out, scan: options.scan ?? false, json: options.json ?? false });
  }
  const needing = (['scan', 'out', 'stack', 'resource-group'] as const).filter((name) => options[name] !== undefined);
  if (needing.length > 0) throw new CommandError('BAD_ARGUMENT', `--${needing.join(', --')} goes with --template: npm run status -- --template`, 2);
  const endpoints = await findEndpoints(foldersOf(context));
  if (!endpoints) {
    context.stdout.write(options.json ? `${JSON.stringify({ running: false })}\n` : 'Azure on loopback does not run. Start it with "npm run up".\n');
    return 1;
  }
  const cloud = await createControlClient(endpoints).status();
  context.stdout.write(options.json ? `${JSON.stringify(toJson(endpoints, cloud))}\n` : format(endpoints, cloud));
  return 0;
}

function toJson({ pid, urls, tenantId, subscriptionId }: Endpoints, cloud: CloudStatus): unknown {
  return { running: true, pid, tenantId, subscriptionId, urls, ...cloud };
}

function format(endpoints: Endpoints, cloud: CloudStatus): string {
  const services = formatTable([['Process', String(endpoints.pid)], ...Object.entries(endpoints.urls)]);
  const sites = cloud.sites.flatMap((site) => [
    [site.site, site.slot ?? 'production', site.url, site.status, site.packageDigest?.slice(0, 12) ?? 'no package'],
    ...site.instances.map((instance) => ['', '', `  instance ${shortInstanceId(instance.id)}`, instance.state, instance.pid == null ? '' : `process ${instance.pid}`]),
  ]);
  const resources = formatTable(Object.entries(cloud.resources).map(([type, count]) => [String(count), type]), '  ');
  return [
    services,
    sites.length === 0 ? 'No sites. Deploy a stack: npm run up' : formatTable([['Site', 'Slot', 'URL', 'State', 'Package'], ...sites]),
    resources === '' ? '' : `Resources\n${resources}`,
    ...cloud.damage.map((report) => `Notice: ${report.file} could not be read and is kept as ${report.keptAs}.`),
  ].filter((part) => part !== '').join('\n\n').concat('\n');
}
