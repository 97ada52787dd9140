/** A process whose environment speaks of proxies and trusts everybody: asks for the URLs of its arguments, and prints what it got. */
import { readFileSync } from 'node:fs';
import { createEgressClient } from '../../../../app/egress/client.ts';
import { toEgressHosts } from '../../../../app/tools/egressHosts.ts';

const [caFile = '', ...urls] = process.argv.slice(2);
const client = createEgressClient({
  identityEndpoints: [],
  onRefused: () => undefined,
  edge: { resolve: async () => [{ address: '127.0.0.1', family: 4 }], judge: () => 'public', ca: readFileSync(caFile, 'utf8') },
});
const answers: string[] = [];
for (const url of urls) {
  const { hostname: host, port } = new URL(url);
  const call = { tool: 'read_page', hosts: toEgressHosts([{ host, port: Number(port) }]), callId: 'call-1', principal: { oid: 'o', azp: 'a' }, signal: new AbortController().signal };
  answers.push(await client.fetch(call, url).then((response) => response.text(), (error: unknown) => String(error)));
}
client.close();
process.stdout.write(JSON.stringify(answers));
