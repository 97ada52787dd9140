import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { toIdentityEndpoint, type IdentityEndpoint } from './egress/judgeUrl.ts';
import { parseRequestStateKeys, REQUEST_STATE_KEYS_FORM, type RequestStateKeys } from './identity/requestStateKeys.ts';
import manifest from './package.json' with { type: 'json' };
import type { Instance } from './tools/toolContext.ts';

/** All settings of the server, checked. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  /** Time for calls in flight to end after SIGTERM, in milliseconds. */
  readonly drainTimeoutMs: number;
  readonly entra: {
    readonly tenantId: string;
    /** Application id of the API: the audience of v2 tokens. */
    readonly clientId: string;
    /** Base URL of the login service, without a trailing slash. */
    readonly authorityHost: string;
  };
  /** Whom the resource metadata names as authorization server: Entra, or this server as a facade before it. */
  readonly authorizationServer: 'entra' | 'facade';
  /** Values of the Host header that name this server, in lower case. */
  readonly allowedHosts: readonly string[];
  /** Values of the Origin header that may call from a browser. */
  readonly allowedOrigins: readonly string[];
  /** Keys that protect the integrity of MCP's `requestState`; shared by all instances and both slots. */
  readonly requestStateKeys: RequestStateKeys;
  readonly instance: Instance;
  /** Where the platform hands out tokens of the managed identity: no tool reaches it. */
  readonly identityEndpoints: readonly IdentityEndpoint[];
  /** Name of the site. */
  readonly site: string;
  readonly telemetry: TelemetryConfig | undefined;
  /** Undefined for a server that keeps no record of calls. */
  readonly audit: AuditConfig | undefined;
}

export interface AuditConfig {
  /** Blob endpoint of the state account. */
  readonly blobUrl: string;
  /** The key that signs heads, without version. */
  readonly signingKeyUrl: string;
  readonly mode: 'durable' | 'buffered';
  /** Version of the policies that the deployment was judged by. */
  readonly policyVersion: string | undefined;
  readonly identityClientId: string | undefined;
  /** Where records wait that storage does not take. */
  readonly spoolFolder: string;
}

export interface TelemetryConfig {
  readonly connectionString: string;
  /** Client id of the user-assigned identity that may send telemetry; undefined for the system-assigned one. */
  readonly identityClientId: string | undefined;
  /** Share of traces that are kept, 0 to 1. */
  readonly samplingRatio: number;
  readonly serviceName: string;
}

/** The environment does not hold a valid configuration. Code: MCP_CONFIG_INVALID. */
export class ConfigError extends Error {
  readonly code = 'MCP_CONFIG_INVALID';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `MCP_CONFIG_INVALID: ${problems.length} ${problems.length === 1 ? 'setting is' : 'settings are'} not valid:\n` +
        problems.map((problem) => `  - ${problem}`).join('\n'),
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Settings whose value never stands in a message. */
const SECRETS: ReadonlySet<string> = new Set(['MCP_REQUEST_STATE_KEY', 'APPLICATIONINSIGHTS_CONNECTION_STRING']);
const KEY_VAULT_REFERENCE = '@Microsoft.KeyVault(';

const hostAndPort = z.string().regex(/^(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/);
const httpsUrl = z.url({ protocol: /^https$/ }).refine((url) => new URL(url).search === '' && new URL(url).username === '').transform((url) => url.replace(/\/$/, ''));
const identityEndpoint = z.url({ protocol: /^https?$/ }).transform(toIdentityEndpoint).optional();
const commaSeparated = (text: string): string[] => text.split(',').map((part) => part.trim().toLowerCase()).filter((part) => part !== '');
const wholeNumber = (minimum: number, maximum: number) => z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(minimum).max(maximum));

/** One setting: its schema, what is allowed, and where its value comes from, both for the message. */
interface Setting<T> {
  readonly schema: z.ZodType<T, string | undefined>;
  readonly allowed: string;
  readonly remedy: string;
}

const setting = <T>(schema: z.ZodType<T, string | undefined>, allowed: string, remedy: string): Setting<T> => ({ schema, allowed, remedy });

const byInfra = (what: string): string => `"pulumi up" sets it ${what}; by hand, set it as an app setting`;

const SETTINGS = {
  PORT: setting(wholeNumber(0, 65_535).default(8_080), 'a whole number from 0 to 65535 (0: any free port)', 'App Service sets it; leave it out for 8080'),
  HOST: setting(z.string().min(1).default('0.0.0.0'), 'an address to listen on', 'leave it out to listen on all interfaces'),
  MCP_LOG_LEVEL: setting(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'), 'trace, debug, info, warn, error or fatal', 'leave it out for info'),
  MCP_DRAIN_TIMEOUT_MS: setting(wholeNumber(0, 110_000).default(3_500), 'a whole number of milliseconds from 0 to 110000', 'leave it out for 3500; a longer one needs a longer WEBSITES_CONTAINER_STOP_TIME_LIMIT (5 s when absent)'),
  MCP_ENTRA_TENANT_ID: setting(z.uuid().toLowerCase(), 'the tenant id, a GUID', byInfra('to the tenant of the Entra application')),
  MCP_ENTRA_CLIENT_ID: setting(z.uuid().toLowerCase(), 'the application (client) id of the API in Entra, a GUID', byInfra('to the id of the Entra application')),
  MCP_AUTHORIZATION_SERVER: setting(z.enum(['entra', 'facade']).default('entra'), 'entra or facade', 'leave it out for entra; facade is for clients that refuse Entra because its metadata does not name PKCE'),
  AZURE_AUTHORITY_HOST: setting(
    z.url({ protocol: /^https$/ }).refine((url) => new URL(url).pathname === '/' && new URL(url).search === '').default('https://login.microsoftonline.com').transform((url) => url.replace(/\/$/, '')),
    'an https URL without a path', 'leave it out for https://login.microsoftonline.com'),
  MCP_ALLOWED_HOSTS: setting(
    z.string().transform(commaSeparated).pipe(z.array(hostAndPort).min(1)),
    'one or more names as host or host:port, separated by commas', byInfra('to the hosts of both slots')),
  MCP_ALLOWED_ORIGINS: setting(
    z.string().default('').transform(commaSeparated).pipe(z.array(z.string().refine(isOrigin))),
    'origins such as https://example.com, separated by commas; "*" is not one', 'leave it out when no browser page calls this server'),
  MCP_SLOT: setting(z.enum(['production', 'staging']), 'production or staging', byInfra('as a slot setting')),
  MCP_REQUEST_STATE_KEY: setting(
    z.string().transform(parseRequestStateKeys).pipe(z.custom<RequestStateKeys>((keys) => keys !== undefined)),
    REQUEST_STATE_KEYS_FORM, byInfra('as a Key Vault reference; check the secret that it names')),
  AZURE_CLIENT_ID: setting(z.uuid().toLowerCase().optional(), 'the client id of the user-assigned identity, a GUID', byInfra('to the identity of the app; leave it out for the system-assigned one')),
  APPLICATIONINSIGHTS_CONNECTION_STRING: setting(
    z.string().refine((text) => /(^|;)InstrumentationKey=[0-9a-f-]{36}(;|$)/i.test(text) && /(^|;)IngestionEndpoint=https:\/\/[^;]+/i.test(text)).optional(),
    'a connection string with InstrumentationKey=<GUID> and IngestionEndpoint=https://…', 'copy it from the Application Insights resource; leave it out to run without telemetry'),
  MCP_TRACE_SAMPLING_RATIO: setting(z.string().regex(/^(0|1|0?\.\d+|1\.0+|0\.\d+)$/).transform(Number).default(1), 'a number from 0 to 1', 'leave it out to keep every trace'),
  MCP_STATE_BLOB_URL: setting(httpsUrl.optional(), 'the https URL of a blob endpoint', `${byInfra('to the blob endpoint of the state account')}; leave it out, with MCP_AUDIT_SIGNING_KEY, to keep no record of calls`),
  MCP_AUDIT_SIGNING_KEY: setting(httpsUrl.refine((url) => /\/keys\/[0-9a-zA-Z-]{1,127}$/.test(url)).optional(), 'the https URL of a key in Key Vault, without version', `${byInfra('to the key that signs the record')}; leave it out, with MCP_STATE_BLOB_URL, to keep no record of calls`),
  MCP_AUDIT_MODE: setting(z.enum(['durable', 'buffered']).default('durable'), 'durable or buffered', 'leave it out for durable: an answer waits until its record is stored'),
  MCP_POLICY_VERSION: setting(z.string().min(1).max(64).optional(), 'a version of at most 64 characters', byInfra('to the version of the policy pack')),
  IDENTITY_ENDPOINT: setting(identityEndpoint, 'the URL of the identity endpoint', 'App Service sets it'),
  MSI_ENDPOINT: setting(identityEndpoint, 'the URL of the identity endpoint', 'App Service sets it'),
  WEBSITE_INSTANCE_ID: setting(z.string().min(1).optional(), 'the id of the worker', 'App Service sets it'),
  WEBSITE_SITE_NAME: setting(z.string().min(1).default('mcp-server'), 'the name of the site', 'App Service sets it'),
  WEBSITE_RUN_FROM_PACKAGE: setting(z.string().optional().transform(digestOfPackage), 'a URL that ends in <sha256>.zip', byInfra('to the blob of the package')),
};

type Settings = { [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never };

/**
 * Reads the configuration; nothing else in the server reads the environment.
 * An empty value counts as absent, because App Service cannot tell the two apart in all its editors.
 * @throws ConfigError listing every setting that is not valid: its name, what was given (never a secret), what is allowed, what to do
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const { settings, problems } = readSettings(environment);
  if (problems.length === 0 && (settings.MCP_STATE_BLOB_URL === undefined) !== (settings.MCP_AUDIT_SIGNING_KEY === undefined)) {
    problems.push('MCP_STATE_BLOB_URL and MCP_AUDIT_SIGNING_KEY: one is set without the other. Allowed: both, or neither to keep no record of calls. What to do: "pulumi up" sets both.');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(settings);
}

function readSettings(environment: Readonly<Record<string, string | undefined>>): { settings: Settings; problems: string[] } {
  const problems: string[] = [];
  const read: Record<string, unknown> = {};
  for (const [name, { schema, allowed, remedy }] of Object.entries(SETTINGS)) {
    const given = environment[name]?.trim() === '' ? undefined : environment[name]?.trim();
    if (given?.startsWith(KEY_VAULT_REFERENCE)) {
      problems.push(
        `${name}: the Key Vault reference is not resolved. Allowed: ${allowed}. What to do: see the reference's status in the app's settings, ` +
          'give the identity the role Key Vault Secrets User on the secret, check that the secret exists, then restart the app.',
      );
      continue;
    }
    const result = (schema as z.ZodType).safeParse(given);
    if (result.success) read[name] = result.data;
    else problems.push(`${name}: ${describeGiven(name, given)}. Allowed: ${allowed}. What to do: ${remedy}.`);
  }
  return { settings: read as Settings, problems };
}

function describeGiven(name: string, given: string | undefined): string {
  if (given === undefined) return 'is not set';
  if (SECRETS.has(name)) return `the given value (${given.length} characters, not shown) is not valid`;
  return `${JSON.stringify(given)} is not valid`;
}

function toConfig(settings: Settings): Config {
  return {
    listen: { host: settings.HOST, port: settings.PORT },
    logLevel: settings.MCP_LOG_LEVEL,
    drainTimeoutMs: settings.MCP_DRAIN_TIMEOUT_MS,
    entra: {
      tenantId: settings.MCP_ENTRA_TENANT_ID,
      clientId: settings.MCP_ENTRA_CLIENT_ID,
      authorityHost: settings.AZURE_AUTHORITY_HOST,
    },
    authorizationServer: settings.MCP_AUTHORIZATION_SERVER,
    allowedHosts: settings.MCP_ALLOWED_HOSTS,
    allowedOrigins: settings.MCP_ALLOWED_ORIGINS,
    requestStateKeys: settings.MCP_REQUEST_STATE_KEY,
    instance: {
      id: settings.WEBSITE_INSTANCE_ID,
      slot: settings.MCP_SLOT,
      packageDigest: settings.WEBSITE_RUN_FROM_PACKAGE,
      version: manifest.version,
    },
    identityEndpoints: [settings.IDENTITY_ENDPOINT, settings.MSI_ENDPOINT].filter((endpoint) => endpoint !== undefined),
    site: settings.WEBSITE_SITE_NAME,
    telemetry: settings.APPLICATIONINSIGHTS_CONNECTION_STRING === undefined
      ? undefined
      : {
          connectionString: settings.APPLICATIONINSIGHTS_CONNECTION_STRING,
          identityClientId: settings.AZURE_CLIENT_ID,
          samplingRatio: settings.MCP_TRACE_SAMPLING_RATIO,
          serviceName: settings.WEBSITE_SITE_NAME,
        },
    audit: settings.MCP_STATE_BLOB_URL === undefined || settings.MCP_AUDIT_SIGNING_KEY === undefined
      ? undefined
      : {
          blobUrl: settings.MCP_STATE_BLOB_URL,
          signingKeyUrl: settings.MCP_AUDIT_SIGNING_KEY,
          mode: settings.MCP_AUDIT_MODE,
          policyVersion: settings.MCP_POLICY_VERSION,
          identityClientId: settings.AZURE_CLIENT_ID,
          spoolFolder: join(tmpdir(), 'mcp-audit'),
        },
  };
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/** The digest in the name of the deployed package: blob names are `<sha256>.zip`. Undefined when the app does not run from such a blob. */
function digestOfPackage(value: string | undefined): string | undefined {
  return /\/([0-9a-f]{64})\.zip(?:\?.*)?$/.exec(value ?? '')?.[1];
}
