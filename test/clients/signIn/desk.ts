import assert from 'node:assert/strict';
import { auth, Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { RegisteredClient } from './registeredClient.ts';

/** The official client at a desk, with what it was given: the URL of the server and its own client id. */
export class Desk {
  readonly keeps: RegisteredClient;
  /** The kinds of token requests so far. */
  readonly grants: string[] = [];
  /** The instances that have answered. */
  readonly instances = new Set<string>();
  readonly #mcpUrl: URL;
  readonly #mode: 'auto' | 'legacy';
  transport: StreamableHTTPClientTransport;
  client: Client;

  constructor(mcpUrl: URL, clientId: string, mode: 'auto' | 'legacy' = 'auto') {
    this.#mcpUrl = mcpUrl;
    this.#mode = mode;
    this.keeps = new RegisteredClient(clientId);
    [this.client, this.transport] = this.#create();
  }

  #create(): [Client, StreamableHTTPClientTransport] {
    return [new Client({ name: 'desk', version: '1' }, { versionNegotiation: { mode: this.#mode } }), new StreamableHTTPClientTransport(this.#mcpUrl, { authProvider: this.keeps, fetch: this.#fetch })];
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    if (init?.body instanceof URLSearchParams) this.grants.push(init.body.get('grant_type') ?? '');
    const answer = await fetch(input, init);
    const instance = answer.headers.get('x-instance-id');
    if (instance !== null) this.instances.add(instance);
    return answer;
  };

  /** Connects once the person has signed in. */
  async signIn(userName: string): Promise<void> {
    await assert.rejects(this.client.connect(this.transport), UnauthorizedError);
    await this.transport.finishAuth(await this.keeps.signIn(userName));
    await this.connect();
  }

  /** With what it keeps, and nothing that an earlier connection has cached. */
  async connect(): Promise<void> {
    await this.client.close();
    [this.client, this.transport] = this.#create();
    await this.client.connect(this.transport);
  }

  /** Makes a call that needs more than the token has, signs in for it, and makes it again. */
  async stepUp(userName: string, name: string, args: Record<string, unknown>): Promise<unknown> {
    await assert.rejects(this.client.callTool({ name, arguments: args }), UnauthorizedError);
    await this.transport.finishAuth(await this.keeps.signIn(userName));
    return (await this.client.callTool({ name, arguments: args })).structuredContent;
  }

  /** Gets the next token, without asking the person, and connects with it. */
  async refresh(): Promise<void> {
    assert.equal(await auth(this.keeps, { serverUrl: this.#mcpUrl, fetchFn: this.#fetch }), 'AUTHORIZED');
    await this.connect();
  }
}
