import { buildApp } from '../../../app/app.ts';
import { readConfig } from '../../../app/config.ts';
import { conformanceOffer } from '../fixtures/offer.ts';

/** The server with what the conformance suite asks for instead of the shipped catalogue, as a package for App Service. */
const config = readConfig();
const app = buildApp(config, conformanceOffer);
process.on('SIGTERM', () => {
  app.endCalls();
  void app.abortCalls().then(() => app.http.close()).then(() => process.exit(0));
});
await app.http.listen({ host: config.listen.host, port: config.listen.port });
