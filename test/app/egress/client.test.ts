import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { createEgressClient, type EgressClient, type EgressRefusal } from '../../../app/egress/client.ts';
import type { EgressCall } from '../../../app/egress/egress.ts';
import { EgressError, type EgressErrorCode } from '../../../app/egress/errors.ts';
import type { IdentityEndpoint } from '../../../app/egress/judgeUrl.ts';
import type { EgressInit } from '../../../app/egress/outgoing.ts';
import { toEgressHosts, type EgressHost } from '../../../app/tools/egressHosts.ts';
import { PRIVATE, PUBLIC, startInternet, type Internet } from './support/internet.ts';

const API = 'api.example.com';
const OTHER = 'other.example.com';

describe('the fetch of a tool', () => {
  let internet: Internet;
  let client: EgressClient;
  let refusals: EgressRefusal[];
  let call: AbortController;

  before(async () => {
    internet = await startInternet();
  });
  after(() => internet.close());
  beforeEach(() => {
    for (const table of [internet.routes, internet.names]) for (const key of Object.keys(table)) delete table[key];
    Object.assign(internet.names, { [API]: [PUBLIC], [OTHER]: [PUBLIC] });
    internet.requests.length = 0;
    internet.questions.length = 0;
    call = new AbortController();
    open();
  });
  afterEach(async () => {
    call.abort();
    client.close();
    await closed();
  });

  const open = (identityEndpoints: readonly IdentityEndpoint[] = [], edge: object = {}): void => {
    client?.close();
    refusals = [];
    client = createEgressClient({ identityEndpoints, onRefused: (_call, refusal) => refusals.push(refusal), edge: { ...internet.edge, ...edge } });
  };
  const host = (name: string, more: Partial<EgressHost> = {}): EgressHost => ({ ...toEgressHosts([name])[0]!, port: internet.port, ...more });
  const callOf = (hosts: readonly EgressHost[] = [host(API), host(OTHER)]): EgressCall => ({ tool: 'read_page', hosts, callId: 'call-1', principal: { oid: 'o', azp: 'a' }, signal: call.signal });
  const url = (path: string, name = API): string => `https://${name}:${internet.port}${path}`;
  const get = (path: string, init?: EgressInit, hosts?: readonly EgressHost[]): Promise<Response> => client.fetch(callOf(hosts), url(path), init);
  const fails = async (work: Promise<unknown>, code: EgressErrorCode, message: RegExp): Promise<EgressError> => {
    const error = await work.then(() => assert.fail('it was answered'), (reason: unknown) => reason);
    assert.ok(error instanceof EgressError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(`${code}: `));
    assert.doesNotMatch(error.message, /\d+\.\d+\.\d+\.\d+|::/, 'an address stands in the message');
    return error;
  };
  const refused = async (work: Promise<unknown>, message: RegExp): Promise<void> => {
    await fails(work, 'MCP_EGRESS_REFUSED', message);
    assert.equal(refusals.length, 1);
  };

  const closed = async (): Promise<void> => {
    while (internet.open.size > 0) await Promise.all([...internet.open].map((socket) => once(socket, 'close')));
  };

  it('reaches a declared host as the platform\'s fetch does, under its name [egress.declared]', async () => {
    internet.routes['/page'] = (request, response) => {
      response.writeHead(201, 'Made', { 'x-seen': ['a', 'b'], 'content-type': 'application/json' }).end(JSON.stringify({ ...request.headers, servername: (request.socket as { servername?: string }).servername }));
    };
    const response = await get('/page?q=1#part', { headers: { authorization: 'Bearer secret' } });
    assert.ok(response instanceof Response);
    assert.deepEqual([response.status, response.statusText, response.ok, response.url, response.redirected, response.headers.get('x-seen')], [201, 'Made', true, url('/page?q=1#part'), false, 'a, b']);
    assert.deepEqual(await response.json(), {
      host: `${API}:${internet.port}`, connection: 'keep-alive', servername: API, authorization: 'Bearer secret', accept: '*/*', 'accept-encoding': 'gzip, br', 'user-agent': 'mcp-app-service',
    });
    assert.equal(internet.requests[0]?.url, '/page?q=1');
    assert.deepEqual(refusals, []);
  });

  it('sends every kind of body but a stream, with its length', async () => {
    const form = new FormData();
    form.set('a', 'b');
    internet.routes['/take'] = (request, response) => void buffer(request).then((body) => response.end(JSON.stringify([request.method, request.headers['content-type'], request.headers['content-length'], body.toString()])));
    for (const [body, type, text] of [
      ['text', /^text\/plain;charset=UTF-8$/, /^text$/], [new URLSearchParams({ a: 'b' }), /^application\/x-www-form-urlencoded/, /^a=b$/], [form, /^multipart\/form-data; boundary=/, /name="a"\r\n\r\nb\r\n/],
      [new Blob(['blob'], { type: 'a/b' }), /^a\/b$/, /^blob$/], [new TextEncoder().encode('bytes'), undefined, /^bytes$/],
    ] as const) {
      const [method, contentType, length, sent] = await (await get('/take', { method: 'POST', body })).json() as [string, string | null, string, string];
      assert.equal(method, 'POST');
      if (type) assert.match(String(contentType), type);
      else assert.equal(contentType, null);
      assert.equal(Number(length), Buffer.byteLength(sent));
      assert.match(sent, text);
    }
    await assert.rejects(get('/take', { method: 'POST', body: new ReadableStream() as never }), TypeError);
    await assert.rejects(get('/take', { body: 'of a GET' }), TypeError);
    assert.deepEqual(await (await get('/take', { method: 'PUT' })).json(), ['PUT', null, '0', '']);
  });

  describe('is refused', () => {
    afterEach(() => assert.deepEqual([internet.requests.length, internet.connections() - connectionsBefore], [0, 0], 'nothing went out'));
    let connectionsBefore = 0;
    beforeEach(() => {
      connectionsBefore = internet.connections();
    });

    it('a host that the tool does not declare, without a question to the resolver [egress.undeclared]', async () => {
      await refused(client.fetch(callOf(), 'https://evil.example.com/?key=secret'), new RegExp(`^MCP_EGRESS_REFUSED: Tool read_page may not reach "evil\\.example\\.com": the host is not declared\\. It declares ${API}:\\d+, ${OTHER}:\\d+\\.$`));
      assert.deepEqual(refusals, [{ host: 'evil.example.com', reason: 'the host is not declared' }]);
      assert.deepEqual(internet.questions, []);
    });

    it('everything to a tool that declares nothing', () => refused(get('/', {}, []), /the host is not declared\. It declares no hosts\.$/));
    it('a port that is not declared', () => refused(client.fetch(callOf(), `https://${API}/`), /port 443 of the host is not declared/));
    it('another scheme', () => refused(client.fetch(callOf(), `http://${API}:${internet.port}/`), /only https is spoken/));
    it('a user name in the URL', () => refused(client.fetch(callOf(), `https://user:secret@${API}:${internet.port}/`), /^((?!secret).)*the URL holds a user name or a password((?!secret).)*$/));
    it('a name with a dot at its end', () => refused(client.fetch(callOf(), `https://${API}.:${internet.port}/`), /"api\.example\.com\.": the host is not declared/));
    it('what is no URL', () => refused(client.fetch(callOf(), '/page'), /may not reach what the URL names: it is no URL/));
    it('a URL that is another the second time', () => {
      const texts = ['https://evil.example.com/', url('/')];
      return refused(client.fetch(callOf(), { toString: () => texts.shift() ?? '' } as URL), /"evil\.example\.com"/);
    });
    it('an address, without showing it', async () => {
      await refused(client.fetch(callOf(), `https://0x7f.1:${internet.port}/`), /may not reach what the URL names: an address stands in place of a host name/);
      assert.equal(refusals[0]?.host, '127.0.0.1');
    });
    for (const name of ['Host', 'connection', 'Content-Length', 'transfer-encoding', 'Upgrade', 'proxy-authorization', 'te', 'expect']) {
      it(`the header ${name}`, () => refused(get('/', { headers: { [name]: 'x' } }), new RegExp(`the header "${name.toLowerCase()}" is not the tool's to set`)));
    }

    for (const [what, answers] of Object.entries({
      'a private address': ['10.0.0.4'], 'the metadata service': ['169.254.169.254'], 'the wire server': ['168.63.129.16'], 'loopback': ['127.0.0.3'], 'loopback of IPv6': ['::1'], 'a mapped address': ['::ffff:127.0.0.1'],
      'NAT64 of the metadata service': ['64:ff9b::a9fe:a9fe'], 'a public and a private address': [PUBLIC, '10.0.0.4'], 'a private and a public address': ['fd00::1', PUBLIC], 'a private address of our own': [PRIVATE],
      'what is no address': ['0x7f000001'],
    } as Record<string, string[]>)) {
      it(`a declared host whose name leads to ${what} [egress.resolved]`, async () => {
        internet.names[API] = answers;
        await refused(get('/'), /may not reach "api\.example\.com": its name leads to an address that the tool may not reach\. It declares/);
        assert.ok(answers.includes(refusals[0]?.address ?? ''), 'the log has the address');
      });
    }
    for (const answers of [[PUBLIC], ['8.8.8.8'], [PRIVATE, PUBLIC], ['169.254.169.254'], ['fd00:ec2::254'], ['127.0.0.3']]) {
      it(`a host that is declared private whose name leads to ${answers.join(' and ')}`, () => {
        internet.names[API] = answers;
        return refused(get('/', {}, [host(API, { addresses: 'private' })]), /its name leads to an address that the tool may not reach\. It declares api\.example\.com:\d+ \(private\)\./);
      });
    }

    it('the identity endpoint under its own name and under another [egress.identity]', async () => {
      for (const endpoint of [PUBLIC, 'identity.example.com', API]) {
        internet.names['identity.example.com'] = [PUBLIC];
        open([{ host: endpoint, port: internet.port }]);
        await refused(get('/'), endpoint === API ? /the platform hands out tokens there/ : /its name leads to an address that the tool may not reach/);
      }
    });
  });

  it('reaches another port of the address at which the identity endpoint is', async () => {
    internet.routes['/'] = (_request, response) => response.end('ok');
    open([{ host: PUBLIC, port: 1 }, { host: PRIVATE, port: internet.port }]);
    assert.equal(await (await get('/')).text(), 'ok');
  });

  it('reaches a private address for a host that is declared private, and keeps its connection from public ones', async () => {
    internet.routes['/'] = (request, response) => response.end(request.socket.localAddress);
    internet.names[API] = [PRIVATE];
    assert.equal(await (await get('/', {}, [host(API, { addresses: 'private' })])).text(), PRIVATE);
    assert.equal(internet.open.size, 1, 'the connection is kept');
    await refused(get('/'), /its name leads to an address/);
  });

  it('connects to the address that was judged, not to what the name leads to a moment later [egress.rebinding]', async () => {
    internet.routes['/'] = (request, response) => response.writeHead(200, { connection: 'close' }).end(request.socket.localAddress);
    internet.names[API] = [[PUBLIC], [PRIVATE], ['10.0.0.4']];
    assert.equal(await (await get('/')).text(), PUBLIC);
    assert.deepEqual(internet.questions, [API], 'one question for a connection');
    await fails(get('/'), 'MCP_EGRESS_REFUSED', /its name leads to an address/);
    await fails(get('/'), 'MCP_EGRESS_REFUSED', /its name leads to an address/);
    assert.deepEqual(refusals.map(({ address }) => address), [PRIVATE, '10.0.0.4']);
    assert.equal(internet.requests.length, 1);
  });

  it('tries the next address when one of several does not answer', async () => {
    internet.routes['/'] = (_request, response) => response.end('ok');
    internet.names[API] = ['127.0.0.5', PUBLIC];
    open([], { judge: (address: string) => (address === '127.0.0.5' ? 'public' : internet.edge.judge(address)) });
    assert.equal(await (await get('/')).text(), 'ok');
  });

  describe('follows redirects', () => {
    const redirect = (path: string, location: string, status = 302): void => {
      internet.routes[path] = (_request, response) => response.writeHead(status, { location }).end('moved');
    };
    const echo = (path: string): void => {
      internet.routes[path] = (request, response) => void buffer(request).then((body) => response.end(JSON.stringify({ method: request.method, body: body.toString(), headers: request.headers })));
    };

    it('to declared hosts, and says where they have led', async () => {
      redirect('/a', '/b?x=1');
      redirect('/b', url('/c', OTHER), 308);
      echo('/c');
      const response = await get('/a');
      assert.deepEqual([response.status, response.url, response.redirected], [200, url('/c', OTHER), true]);
      assert.deepEqual(internet.requests.map(({ url: path, headers }) => [path, headers.host?.split(':')[0]]), [['/a', API], ['/b?x=1', API], ['/c', OTHER]]);
    });

    for (const [what, location, message] of [
      ['to a host that is not declared', 'https://evil.example.com/', /may not reach "evil\.example\.com": "api\.example\.com" redirects there, and the host is not declared/],
      ['to a port that is not declared', `https://${OTHER}/`, /redirects there, and port 443 of the host is not declared/],
      ['to http', `http://${API}/`, /redirects there, and only https is spoken/],
      ['to the metadata service', 'https://169.254.169.254/metadata/identity/oauth2/token', /may not reach what the URL names: "api\.example\.com" redirects there, and an address stands in place of a host name/],
      ['to a URL with a user name', `https://user:secret@${OTHER}/`, /^((?!secret).)*redirects there, and the URL holds a user name or a password((?!secret).)*$/],
      ['to what is no URL', 'https://', /redirects to what is no URL/],
    ] as const) {
      it(`not ${what} [egress.redirects]`, async () => {
        redirect('/a', location);
        await refused(get('/a'), message);
        assert.equal(internet.requests.length, 1);
      });
    }

    it('not to a declared host whose name leads elsewhere', async () => {
      internet.names[OTHER] = ['169.254.169.254'];
      redirect('/a', url('/', OTHER));
      await refused(get('/a'), /may not reach "other\.example\.com": its name leads to an address/);
    });

    it('five times, and not in a loop', async () => {
      for (let hop = 0; hop < 5; hop += 1) redirect(`/${hop}`, `/${hop + 1}`);
      echo('/5');
      assert.equal((await get('/0')).status, 200);
      redirect('/loop', '/loop');
      internet.requests.length = 0;
      await fails(get('/loop'), 'MCP_EGRESS_REDIRECTED', /"api\.example\.com" answers tool read_page with more than 5 redirects/);
      assert.equal(internet.requests.length, 6);
    });

    it('without credentials once the host is another, and with nothing that may be one [egress.credentials]', async () => {
      redirect('/a', '/b');
      redirect('/b', url('/c', OTHER));
      redirect('/c', url('/d'));
      echo('/d');
      const headers = { authorization: 'Bearer secret', cookie: 'session=secret', 'x-api-key': 'secret', 'content-type': 'a/b', accept: 'text/html', 'accept-language': 'de' };
      const seen = await (await get('/a', { headers })).json() as { headers: Record<string, string> };
      const [, same, other] = internet.requests;
      assert.equal(same?.headers.authorization, 'Bearer secret');
      assert.ok(!JSON.stringify(other?.headers).includes('secret'));
      assert.ok(!JSON.stringify(seen).includes('secret'), 'nor when it comes back');
      assert.deepEqual([seen.headers['accept'], seen.headers['accept-language'], seen.headers['content-type']], ['text/html', 'de', 'a/b']);
    });

    it('with the method and the body that the status says, never with a body to another host', async () => {
      echo('/to');
      for (const [status, method, expected, body] of [[301, 'POST', 'GET', ''], [302, 'POST', 'GET', ''], [303, 'PUT', 'GET', ''], [303, 'HEAD', 'HEAD', ''], [307, 'POST', 'POST', 'b'], [308, 'PATCH', 'PATCH', 'b'], [302, 'PUT', 'PUT', 'b']] as const) {
        redirect('/from', '/to', status);
        internet.requests.length = 0;
        const response = await get('/from', { method, headers: { 'content-type': 'text/x' }, ...(method === 'HEAD' ? {} : { body: 'b' }) });
        assert.equal(internet.requests[1]?.method, expected, `${status} ${method}`);
        if (method === 'HEAD') continue;
        const seen = await response.json() as { body: string; headers: Record<string, string> };
        assert.deepEqual([seen.body, seen.headers['content-type']], [body, body === '' ? undefined : 'text/x'], `${status} ${method}`);
      }
      redirect('/from', url('/to', OTHER), 307);
      internet.requests.length = 0;
      await refused(get('/from', { method: 'POST', body: 'b' }), /redirects a request with a body there, which goes to no other host/);
      assert.equal(internet.requests.length, 1);
    });

    it('or hands them over, or fails, as the tool says', async () => {
      redirect('/a', 'https://evil.example.com/');
      const response = await get('/a', { redirect: 'manual' });
      assert.deepEqual([response.status, response.headers.get('location'), await response.text()], [302, 'https://evil.example.com/', 'moved']);
      await fails(get('/a', { redirect: 'error' }), 'MCP_EGRESS_REDIRECTED', /with a redirect, which the tool does not follow/);
      internet.routes['/nowhere'] = (_request, answer) => answer.writeHead(302).end('stays');
      assert.equal(await (await get('/nowhere')).text(), 'stays');
    });
  });

  describe('takes no more than the tool declares', () => {
    const small = (): EgressHost[] => [host(API, { maxResponseBytes: 1_000 })];
    const tooLarge = (work: Promise<unknown>): Promise<EgressError> => fails(work, 'MCP_EGRESS_TOO_LARGE', /"api\.example\.com" answers tool read_page with more than the 1000 bytes that the tool takes from it/);

    it('of a body whose length is told, of one that does not end, and of one that is small until it is unpacked [egress.bytes]', async () => {
      internet.routes['/exact'] = (_request, response) => response.end('x'.repeat(1_000));
      internet.routes['/huge'] = (_request, response) => response.writeHead(200, { 'content-length': 1_001 }).write('x');
      internet.routes['/endless'] = (_request, response) => {
        const more = (): void => {
          while (response.write('x'.repeat(100))) { /* until the socket is full */ }
          response.once('drain', more);
        };
        more();
      };
      internet.routes['/bomb'] = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000)));
      assert.equal((await (await get('/exact', {}, small())).text()).length, 1_000);
      await tooLarge(get('/huge', {}, small()));
      await tooLarge(get('/endless', {}, small()).then((response) => response.text()));
      await tooLarge(get('/bomb', {}, small()).then((response) => response.arrayBuffer()));
      client.close();
      await closed();
    });

    it('and closes the connection when the tool reads no further', async () => {
      internet.routes['/endless'] = (_request, response) => void response.write('x');
      await (await get('/endless')).body?.cancel();
      await closed();
      const reader = (await get('/endless')).body?.getReader();
      assert.equal(String((await reader?.read())?.value), 'x');
      await reader?.cancel();
      await closed();
    });

    it('nor more headers than there is room for', async () => {
      internet.routes['/'] = (_request, response) => response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end();
      await fails(get('/'), 'MCP_EGRESS_UNREACHABLE', /does not answer as HTTP demands/);
    });
  });

  it('unpacks what is compressed, and says when it is not what it says', async () => {
    const packed: Record<string, Buffer> = { gzip: gzipSync('text'), 'x-gzip': gzipSync('text'), br: brotliCompressSync('text'), deflate: deflateSync('text'), GZIP: gzipSync('text'), identity: Buffer.from('text') };
    for (const [encoding, bytes] of Object.entries(packed)) {
      internet.routes['/'] = (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
      assert.equal(await (await get('/')).text(), 'text', encoding);
    }
    for (const encoding of ['gzip', 'br', 'deflate']) {
      internet.routes['/'] = (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end('not packed');
      await fails(get('/').then((response) => response.text()), 'MCP_EGRESS_UNREACHABLE', /not compressed as it says/);
    }
  });

  it('has no body where HTTP has none', async () => {
    for (const status of [204, 304]) {
      internet.routes['/'] = (_request, response) => response.writeHead(status).end();
      const response = await get('/');
      assert.deepEqual([response.status, response.body], [status, null]);
    }
    internet.routes['/'] = (_request, response) => response.writeHead(200, { 'content-length': 5_000_000 }).end();
    assert.deepEqual([(await get('/', { method: 'HEAD' })).status, (await get('/', { method: 'HEAD' })).body], [200, null]);
  });

  describe('ends', () => {
    const gone = new Error('The client closed the connection.');

    it('with the call: before it is sent, while the head is awaited, while the body is read, and when nobody reads [egress.ends]', async () => {
      const arrived = Promise.withResolvers<void>();
      internet.routes['/silent'] = () => arrived.resolve();
      const waiting = get('/silent');
      await arrived.promise;
      call.abort(gone);
      await assert.rejects(waiting, gone);
      await closed();
      await assert.rejects(get('/silent'), gone);

      internet.routes['/slow'] = (_request, response) => void response.write('x');
      call = new AbortController();
      const unread = await get('/slow');
      const reader = (await get('/slow')).body!.getReader();
      await reader.read();
      const rest = reader.read();
      call.abort(gone);
      await assert.rejects(rest, gone);
      await assert.rejects(unread.text(), gone);
      await closed();
    });

    it('when a host sends its head byte by byte and never ends it', async () => {
      internet.routes['/drip'] = (request) => {
        request.socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => request.socket.write('x'), 5);
        request.socket.once('close', () => clearInterval(timer)).on('error', () => undefined);
      };
      const waiting = get('/drip', { signal: AbortSignal.timeout(100) });
      await assert.rejects(waiting, (error) => error instanceof DOMException && error.name === 'TimeoutError');
      await closed();
    });

    it('with the signal of the tool', async () => {
      const own = new AbortController();
      internet.routes['/silent'] = () => own.abort(gone);
      await assert.rejects(get('/silent', { signal: own.signal }), gone);
      await assert.rejects(get('/silent', { signal: own.signal }), gone);
      await closed();
    });
  });

  describe('says that a host is not reached', () => {
    const unreachable = async (work: Promise<unknown>, message: RegExp): Promise<void> => {
      const error = await fails(work, 'MCP_EGRESS_UNREACHABLE', message);
      assert.match(error.message, /^MCP_EGRESS_UNREACHABLE: Tool read_page has no answer from "[a-z.]+": .*\. Try again later; the operators can see the cause\.$/);
      assert.ok(error.cause, 'the log has the cause');
      assert.deepEqual(refusals, []);
    };

    it('when its name does not exist, or has no address', async () => {
      delete internet.names[API];
      await unreachable(get('/'), /its name cannot be resolved here/);
      internet.names[API] = [];
      await unreachable(get('/'), /its name cannot be resolved here/);
    });

    it('when nothing listens there', () => unreachable(client.fetch(callOf([host(API, { port: 1_024 })]), `https://${API}:1024/`), /the connection failed or broke off/));

    it('when it takes the connection and never speaks', async () => {
      const silent = createServer().listen(0, PUBLIC);
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      open([], { connectTimeoutMs: 50 });
      await unreachable(client.fetch(callOf([host(API, { port })]), `https://${API}:${port}/`), /no connection could be made in time/);
      silent.close();
    });

    it('when the resolver never answers', async () => {
      open([], { connectTimeoutMs: 50, resolve: () => new Promise(() => undefined) });
      await unreachable(get('/'), /no connection could be made in time/);
    });

    it('when its certificate is for another name, or of an authority that is not known', async () => {
      const wrong = 'api.example.net';
      internet.names[wrong] = [PUBLIC];
      await unreachable(client.fetch(callOf([host(wrong)]), url('/', wrong)), /its certificate is not accepted/);
      open([], { ca: undefined });
      await unreachable(get('/'), /its certificate is not accepted/);
    });

    it('when it breaks off, before its head and in its body', async () => {
      internet.routes['/head'] = (request) => request.socket.destroy();
      await unreachable(get('/head'), /the connection failed or broke off/);
      internet.routes['/body'] = (request, response) => response.writeHead(200, { 'content-length': 10 }).write('x', () => request.socket.destroy());
      await unreachable(get('/body').then((response) => response.text()), /the connection failed or broke off/);
    });

    it('when it does not speak HTTP', async () => {
      for (const text of ['SSH-2.0-OpenSSH_9.6\r\n', 'HTTP/1.1 99 Low\r\n\r\n', 'HTTP/1.1 999 High\r\ncontent-length: 0\r\n\r\n']) {
        internet.routes['/'] = (request) => request.socket.end(text);
        await unreachable(get('/'), /does not answer as HTTP demands/);
      }
    });
  });

  it('keeps connections, and sends again what met one that the host had closed, unless it has a body', async () => {
    const requestsOf = new WeakMap<object, number>();
    internet.routes['/'] = (request, response) => {
      const count = (requestsOf.get(request.socket) ?? 0) + 1;
      requestsOf.set(request.socket, count);
      if (count === 3) request.socket.destroy();
      else response.end('ok');
    };
    const before = internet.connections();
    for (let count = 0; count < 4; count += 1) assert.equal(await (await get('/')).text(), 'ok');
    assert.equal(internet.connections() - before, 2);
    const post = async (): Promise<string> => (await get('/', { method: 'POST', body: 'once' })).text();
    await fails(post(), 'MCP_EGRESS_UNREACHABLE', /broke off/);
    assert.equal(internet.requests.length, 6);
  });

  it('opens no more connections to a host than the limit, and lets the rest wait', async () => {
    const held: (() => void)[] = [];
    const full = Promise.withResolvers<void>();
    internet.routes['/'] = (_request, response) => {
      held.push(() => response.end('ok'));
      if (held.length === 32) full.resolve();
    };
    const before = internet.connections();
    const all = Promise.all(Array.from({ length: 40 }, async () => (await get('/')).text()));
    await full.promise;
    assert.equal(internet.connections() - before, 32);
    internet.routes['/'] = (_request, response) => response.end('ok');
    for (const answer of held) answer();
    assert.deepEqual(new Set(await all), new Set(['ok']));
    assert.equal(internet.connections() - before, 32);
  });
});
