import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { beforeEach, describe, it } from 'node:test';
import { signedTextOf } from '../../../../scripts/audit/lines.ts';
import { createOperatorStreams, type OperatorStreams } from '../../../../scripts/audit/snapshots/operatorStreams.ts';
import { findSnapshots } from '../../../../scripts/audit/snapshots/recordedSnapshots.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
const KEY = { kid: 'https://vault.example.net/keys/audit-anchor/1', kty: 'EC' as const, crv: 'P-256' as const, x, y };

describe('the streams of operators', () => {
  let audit: Map<string, string>;
  let anchors: Map<string, string>;
  let read: string[];
  let keysAsked: string[][];
  let streams: OperatorStreams;

  beforeEach(() => {
    [audit, anchors, read, keysAsked] = [new Map<string, string>(), new Map<string, string>(), [], []];
    const of = { audit, anchors };
    streams = createOperatorStreams(
      {
        list: async (container, prefix) => [...of[container].keys()].filter((name) => name.startsWith(prefix)).sort(),
        read: async (container, blob) => {
          read.push(blob);
          return of[container].get(blob);
        },
      },
      async () => [...audit.keys()].flatMap((name) => /^operations\/\d{4}\/\d\d\/\d\d\//.exec(name)?.[0] ?? []),
      async (ids) => {
        keysAsked.push([...ids]);
        return [KEY];
      },
    );
  });

  /** A stream as a command writes it. @param anchored whether its heads were signed */
  function write(day: string, time: string, digest: string, anchored = true, suffix = '0a1b2c3d'): string {
    const stream = `${day.replaceAll('-', '')}t${time.replaceAll(':', '')}z-operator-operator-${suffix}`;
    const at = `${day}T${time}.000Z`;
    const members = [
      { kind: 'stream', format: 1, stream, site: 'operator', slot: 'operator', instance: null, version: '1', packageDigest: null, policyVersion: null, mode: 'durable', catalogue: {} },
      { kind: 'operation', operation: 'access.snapshot', by: { oid: 'o', azp: 'c' }, details: { blob: `snapshots/${digest[0]}.json`, digest, bytes: 1 } },
      { kind: 'end' },
    ];
    const lines: string[] = [];
    for (const member of members) lines.push(JSON.stringify({ seq: lines.length, prev: lines.length === 0 ? '0'.repeat(64) : hash('sha256', lines.at(-1) ?? ''), at, ...member }));
    const head = (seq: number): string => {
      const unsigned = { format: 1 as const, stream, segment: 0, seq, head: hash('sha256', lines[seq] ?? ''), at, key: KEY.kid, signature: '' };
      return `${JSON.stringify({ ...unsigned, signature: sign('sha256', Buffer.from(signedTextOf(unsigned)), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url') })}\n`;
    };
    const folder = day.replaceAll('-', '/');
    audit.set(`operations/${folder}/${stream}/0000.jsonl`, lines.map((line) => `${line}\n`).join(''));
    if (!anchored) return stream;
    anchors.set(`manifest/${day}.jsonl`, (anchors.get(`manifest/${day}.jsonl`) ?? '') + head(0));
    anchors.set(`heads/${folder}/${stream}.jsonl`, head(2));
    return stream;
  }
  const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
  const find = async (at: string) => findSnapshots(await streams.days(), streams.readDay, new Date(at));

  it('are read without those of the server, and verified by keys that are asked for once', async () => {
    write('2026-11-23', '10:00:00', A);
    write('2026-11-24', '10:00:00', B);
    const call = '20261124t090000z-production-instance-0a1b2c3d';
    audit.set(`calls/2026/11/24/${call}/0000.jsonl`, 'much');
    anchors.set(`heads/2026/11/24/${call}.jsonl`, 'much');
    anchors.set('manifest/2026-11-22.jsonl', '');
    const { used, next, findings } = await find('2026-11-23T12:00:00Z');
    assert.deepEqual([used?.digest, next?.digest, findings], [A, B, []]);
    assert.deepEqual(await streams.days(), ['2026-11-22', '2026-11-23', '2026-11-24']);
    assert.deepEqual([keysAsked, read.filter((blob) => blob.includes('production'))], [[[KEY.kid]], []]);
  });

  it('do not count what no signature covers', async () => {
    write('2026-11-23', '10:00:00', A);
    write('2026-11-23', '11:00:00', B, false);
    const { used, findings } = await find('2026-11-23T12:00:00Z');
    assert.deepEqual([used?.digest, findings], [A, []]);
  });

  it('that are missing, and ones that were written anew, are told of and do not count', async () => {
    write('2026-11-23', '09:00:00', A);
    const removed = write('2026-11-23', '10:00:00', B, true, '11111111');
    audit.delete(`operations/2026/11/23/${removed}/0000.jsonl`);
    const altered = write('2026-11-23', '11:00:00', B, true, '22222222');
    const blob = `operations/2026/11/23/${altered}/0000.jsonl`;
    audit.set(blob, (audit.get(blob) ?? '').replace(B, A));
    const { used, findings } = await find('2026-11-23T12:00:00Z');
    assert.equal(used?.takenAt, '2026-11-23T09:00:00.000Z');
    assert.deepEqual(findings.map(({ code, stream }) => [code, stream]), [['STREAM_MISSING', removed], ['CHAIN_BROKEN', altered]]);
  });

  it('are looked for on days of which the manifest alone is left', async () => {
    const removed = write('2026-11-23', '10:00:00', A);
    audit.clear();
    const { used, findings } = await find('2026-11-24T12:00:00Z');
    assert.deepEqual([used, findings.map(({ code, stream }) => [code, stream])], [undefined, [['STREAM_MISSING', removed]]]);
  });
});
