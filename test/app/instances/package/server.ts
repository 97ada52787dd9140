import { buildApp } from '../../../../app/app.ts';
import { readConfig } from '../../../../app/config.ts';
import { limitedTool } from '../limitedTool.ts';

/** The server with one limited tool, as a package for App Service. */
const config = readConfig();
const app = buildApp(config, { tools: [limitedTool] });
process.on('SIGTERM', () => {
  void app.http.close().then(() => process.exit(0));
});
await app.http.listen({ host: config.listen.host, port: config.listen.port });
