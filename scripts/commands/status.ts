import { parseOptions } from '../arguments.ts';
import { createControlClient, shortInstanceId, type CloudStatus } from '../cloud/controlClient.ts';
import { findEndpoints, type Endpoints } from '../cloud/endpoints.ts';
import { formatTable } from '../table.ts';
import { foldersOf, type CommandContext } from './commandContext.ts';

/** `npm run status`: what runs. Exit code 0 when the local Azure runs, 1 when it does not. */
export async function status(context: CommandContext): Promise<number> {
  const options = parseOptions('status', context.argv, { json: { type: 'boolean' } });
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
