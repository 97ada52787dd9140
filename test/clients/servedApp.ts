import { UMBRELLA_ROLE } from '../../app/tools/wellKnownAccess.ts';
import { createTestApp, type TestApp } from '../app/support/testApp.ts';
import { startTokenProxy } from '../conformance/tokenProxy.ts';

export interface ServedApp {
  /** The MCP endpoint, on loopback; a token is added on the way. */
  readonly url: string;
  readonly testApp: TestApp;
  close(): Promise<void>;
}

/** The shipped server on a port that names itself in Host, for clients that cannot be told another one. */
export async function serveApp(): Promise<ServedApp> {
  let token = async (): Promise<string> => '';
  const proxy = await startTokenProxy(() => token());
  const testApp = await createTestApp({}, { MCP_ALLOWED_HOSTS: new URL(proxy.url).host, MCP_ALLOWED_ORIGINS: proxy.url });
  token = () => testApp.authority.appToken({ roles: [UMBRELLA_ROLE] });
  proxy.forwardTo(new URL(await testApp.app.http.listen({ host: '127.0.0.1', port: 0 })));
  return {
    url: `${proxy.url}/mcp`,
    testApp,
    async close() {
      await proxy.close();
      await testApp.app.abortCalls();
      await testApp.app.http.close();
    },
  };
}
