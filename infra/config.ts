import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';
import { PACKAGE_NAME } from './names.ts';
import { NETWORK_PREFIX } from './network/addressPlan.ts';

/** The Pulumi project, which is also the namespace of its configuration. */
export const PROJECT = 'mcp-app-service';

/** The stack that serves production; it may not run on fewer workers than `PROD_MIN_INSTANCES`. */
const PROD_STACK = 'prod';
const PROD_MIN_INSTANCES = 3;
/** Availability zones of a region: each gets an instance. Source: learn.microsoft.com, "Reliability in Azure App Service". */
const ZONES = 3;
/** Source: learn.microsoft.com, "App Service limits": Premium v3 plans scale out to 30 instances. */
const MAX_INSTANCES = 30;
/** Premium v3 sizes. Source: learn.microsoft.com, "Configure Premium V3 tier for Azure App Service". */
const PLAN_SKUS = ['P0v3', 'P1v3', 'P2v3', 'P3v3', 'P1mv3', 'P2mv3', 'P3mv3', 'P4mv3', 'P5mv3'] as const;
const MIN_KEY_BYTES = 32;
const KEY = '([A-Za-z0-9_-]+={0,2})';
/** One key, or the two of a rotation; app/identity/requestStateKeys.ts says what they do. A test holds the two forms together. */
const REQUEST_STATE_KEYS = new RegExp(`^(?:${KEY}|current:${KEY},(?:next|previous):${KEY})$`);
/** Source: learn.microsoft.com, "Naming rules and restrictions for Azure resources" and "Use tags to organize your Azure resources": a tag's value has at most 256 characters. */
const MAX_TAG_CHARACTERS = 256;

/** Source: learn.microsoft.com, "Set up Azure App Service access restrictions": up to 512 rules, of which one is for a Front Door. */
const MAX_INBOUND_CIDRS = 500;

/** Whether the vault, the record and the logs of a stack are locked against deletion. */
export function isLocked(stack: string): boolean {
  return stack === PROD_STACK;
}

/** The settings of one stack, checked. */
export interface Settings {
  readonly stack: string;
  /** Workers of the App Service plan; with autoscale the fewest. */
  readonly instances: number;
  /** The most workers that autoscale makes; the same as `instances` for a fixed number. */
  readonly maxInstances: number;
  /** Whether workers are spread over the availability zones of the region. */
  readonly zoneRedundant: boolean;
  readonly planSku: (typeof PLAN_SKUS)[number];
  /** Share of traces that are kept, 0 to 1; counts stay right, because each kept one says how many it stands for. */
  readonly traceSamplingRatio: number;
  /** Time that logs stay in the workspace, in days. */
  readonly logRetentionDays: number;
  /** Time in which a deleted vault can be recovered, in days. */
  readonly softDeleteRetentionDays: number;
  /** Origins of browser pages that may call the server. */
  readonly allowedOrigins: readonly string[];
  /** Whom the server names to its clients as authorization server. */
  readonly authorizationServer: 'entra' | 'facade';
  /** Whether an answer waits until its record is stored. */
  readonly auditMode: 'durable' | 'buffered';
  /** Time for which a record can neither be changed nor deleted, in days. */
  readonly auditRetentionDays: number;
  /** The 256 addresses of the stack's virtual network, such as `10.64.0.0/24`. */
  readonly virtualNetworkPrefix: string;
  /** Whether vault and state account are reached from the network alone, through private endpoints. */
  readonly privateEndpoints: boolean;
  /** Address of a firewall that everything leaving the network goes through; undefined for none. */
  readonly egressFirewallIp: string | undefined;
  /** Id of the Azure Front Door profile whose requests are let in; undefined when none is named. */
  readonly allowedFrontDoorId: string | undefined;
  /** Ranges of addresses whose requests are let in. Without these and without a Front Door, all are. */
  readonly allowedInboundCidrs: readonly string[];
  /** Clients that need no consent of their own, by client id. */
  readonly preauthorizedClients: readonly string[];
  /** Object ids of users, groups and service principals, by the tool that they may call; `*` for all tools. */
  readonly roleAssignments: Readonly<Record<string, readonly string[]>>;
  /** Who gets mail when an alert fires. */
  readonly alertEmails: readonly string[];
  readonly owner: string;
  readonly repository: string;
  /** Key that protects MCP's requestState, base64url, or the two of a rotation; undefined when the program generates it once. */
  readonly requestStateKey: string | undefined;
  /** Package that the staging slot runs, as `<folder>/<digest>` or `<digest>`; undefined for the one that is built from the sources. */
  readonly stagingPackage: string | undefined;
}

/** The configuration of the stack is refused. Code: INFRA_CONFIG_INVALID. */
export class ConfigurationError extends Error {
  readonly code = 'INFRA_CONFIG_INVALID';
  readonly problems: readonly string[];
  constructor(stack: string, problems: readonly string[]) {
    super(
      `INFRA_CONFIG_INVALID: ${problems.length} ${problems.length === 1 ? 'setting' : 'settings'} of stack "${stack}" cannot be used; nothing was changed.\n` +
        problems.map((problem) => `  - ${problem}`).join('\n'),
    );
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

interface Setting {
  /** Parses the text that Pulumi hands over; undefined when the key is absent. */
  readonly schema: z.ZodType;
  readonly allowed: string;
  /** Its value never stands in a message. */
  readonly secret?: boolean;
}

const wholeNumber = (minimum: number, maximum: number) => z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(minimum).max(maximum));
const oneOf = (choices: readonly [string, ...string[]]) => choices.join(', ');
const line = z.string().trim().min(1).max(MAX_TAG_CHARACTERS).regex(/^[^\r\n]+$/);

/** Source: learn.microsoft.com, Microsoft's first-party client ids; code.visualstudio.com, "MCP developer guide", authorization. */
const VISUAL_STUDIO_CODE = 'aebc6443-996d-45c2-90f0-388ff96faa56';

const jsonValue = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
});

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);
}

function areRequestStateKeys(text: string): boolean {
  const keys = (REQUEST_STATE_KEYS.exec(text) ?? []).slice(1).filter((key) => key !== undefined).map((key) => Buffer.from(key, 'base64url'));
  return keys.length > 0 && keys.every((key) => key.length >= MIN_KEY_BYTES) && new Set(keys.map((key) => key.toString('hex'))).size === keys.length;
}

function isCidr(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  const family = isIP(address);
  // Nothing is wider than all addresses: whoever means these leaves the list empty.
  return family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128);
}

/** The word for a setting that is left out, so that its key stands in every stack file. */
const NONE = 'none';
const orNone = <Schema extends z.ZodType>(schema: Schema) => z.union([z.literal(NONE).transform(() => undefined), schema]).default(undefined as never);

function settingsFor(stack: string) {
  const minInstances = stack === PROD_STACK ? PROD_MIN_INSTANCES : 1;
  return {
    instances: {
      schema: wholeNumber(minInstances, MAX_INSTANCES).default(3),
      allowed: `a whole number from ${minInstances} to ${MAX_INSTANCES}${stack === PROD_STACK ? ` (stack "${PROD_STACK}" never has fewer than ${PROD_MIN_INSTANCES})` : ''}`,
    },
    maxInstances: { schema: wholeNumber(minInstances, MAX_INSTANCES).optional(), allowed: `a whole number from ${minInstances} to ${MAX_INSTANCES}, not less than instances; leave it out for a fixed number of instances` },
    zoneRedundant: { schema: z.enum(['true', 'false']).transform((text) => text === 'true').default(false), allowed: `true (needs at least ${ZONES} instances) or false` },
    planSku: { schema: z.enum(PLAN_SKUS).default('P0v3'), allowed: `one of ${oneOf(PLAN_SKUS)}` },
    traceSamplingRatio: {
      schema: z.string().regex(/^(0|1|0\.\d{1,4})$/).transform(Number).default(1),
      allowed: 'a number from 0 to 1 with at most four decimals: the share of traces that are kept',
    },
    logRetentionDays: { schema: wholeNumber(30, 730).default(30), allowed: 'a whole number of days from 30 to 730' },
    softDeleteRetentionDays: { schema: wholeNumber(7, 90).default(90), allowed: 'a whole number of days from 7 to 90' },
    allowedOrigins: {
      schema: jsonValue.pipe(z.array(z.string().refine(isOrigin))).default([]),
      allowed: 'a list of origins such as ["https://inspector.example.com"], without path or wildcard; [] when no browser page calls the server',
    },
    authorizationServer: {
      schema: z.enum(['entra', 'facade']).default('entra'),
      allowed: 'entra (clients read Entra\'s own metadata) or facade (the server answers metadata that names PKCE, for clients that refuse Entra\'s)',
    },
    auditMode: { schema: z.enum(['durable', 'buffered']).default('durable'), allowed: 'durable (an answer waits until its record is stored) or buffered (it does not; a crash loses at most the last second)' },
    auditRetentionDays: { schema: wholeNumber(1, 3_650).default(365), allowed: 'a whole number of days from 1 to 3650' },
    virtualNetworkPrefix: {
      schema: z.string().regex(NETWORK_PREFIX).refine((prefix) => isIPv4(prefix.split('/')[0] ?? '')).default('10.64.0.0/24'),
      allowed: 'a private range of 256 addresses such as 10.64.0.0/24, within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16; one that no network has which this one shall be peered with',
    },
    privateEndpoints: {
      schema: z.enum(['true', 'false']).transform((text) => text === 'true').default(false),
      allowed: 'true (vault and record are reached from the virtual network alone) or false (over their public endpoints)',
    },
    egressFirewallIp: { schema: orNone(z.ipv4()), allowed: `the IPv4 address of a firewall that all outbound traffic goes through, such as 10.0.1.4, or ${NONE}` },
    allowedFrontDoorId: { schema: orNone(z.guid().toLowerCase()), allowed: `the id of an Azure Front Door profile (its property frontDoorId), or ${NONE}` },
    allowedInboundCidrs: {
      schema: jsonValue.pipe(z.array(z.string().refine(isCidr)).max(MAX_INBOUND_CIDRS)).default([]),
      allowed: `a list of at most ${MAX_INBOUND_CIDRS} address ranges such as ["203.0.113.0/24"]; [] for no restriction by address`,
    },
    preauthorizedClients: {
      schema: jsonValue.pipe(z.array(z.guid().toLowerCase())).default([VISUAL_STUDIO_CODE]),
      allowed: 'a list of client ids such as ["aebc6443-996d-45c2-90f0-388ff96faa56"] (Visual Studio Code); [] for none',
    },
    roleAssignments: {
      schema: jsonValue.pipe(z.record(z.string().min(1), z.array(z.guid().toLowerCase()))).default({}),
      allowed: 'a map of tools to object ids such as {"whoami":["<object id>"],"*":["<object id>"]}; "*" stands for all tools',
    },
    alertEmails: {
      schema: jsonValue.pipe(z.array(z.email()).refine((emails) => new Set(emails.map((email) => email.toLowerCase())).size === emails.length)).default([]),
      allowed: 'a list of distinct mail addresses such as ["on-call@example.com"]; [] to send no mail',
    },
    owner: { schema: line.default('unassigned'), allowed: `one line of 1 to ${MAX_TAG_CHARACTERS} characters: who answers for the stack` },
    repository: { schema: line.default(PROJECT), allowed: `one line of 1 to ${MAX_TAG_CHARACTERS} characters: where the sources are` },
    requestStateKey: {
      schema: z.string().refine(areRequestStateKeys).optional(),
      allowed: `at least ${MIN_KEY_BYTES} random bytes as base64url (while it is rotated two such keys that differ, current:KEY,next:KEY or current:KEY,previous:KEY), set with "pulumi config set --secret ${PROJECT}:requestStateKey"; leave it out and the program generates one`,
      secret: true,
    },
    stagingPackage: {
      schema: z.string().regex(PACKAGE_NAME).optional(),
      allowed: 'the name of an uploaded package without .zip, <folder>/<digest> or <digest>, the digest being 64 lower-case hex digits; leave it out to deploy the build',
    },
  } satisfies Record<string, Setting>;
}

/** Every key of the project's configuration namespace. */
export const SETTING_NAMES: readonly string[] = Object.keys(settingsFor(PROD_STACK));

/**
 * Reads the settings of a stack from its configuration, before any resource is made.
 * @param stack name of the stack
 * @param configuration all configuration of the stack, keys with their namespace (`mcp-app-service:instances`), values as text
 * @param isSecret whether the value of a key is encrypted in the stack file; such a value never stands in a message
 * @throws ConfigurationError naming every key that cannot be used, what was given and what is allowed
 */
export function readSettings(stack: string, configuration: Readonly<Record<string, string>>, isSecret: (key: string) => boolean = () => false): Settings {
  const problems: string[] = [];
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(stack)) {
    problems.push(`the name of the stack, ${JSON.stringify(stack)}: allowed are letters, digits, "-" and "_", beginning with a letter, because resources are named for it.`);
  }
  const location = configuration['azure-native:location'];
  if (location === undefined || !/^[a-z][a-z0-9]*$/.test(location)) {
    problems.push(describe('azure-native:location', location, 'the short name of an Azure region, such as westeurope (see "az account list-locations")', false));
  }
  const known: Record<string, Setting> = settingsFor(stack);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(known)) {
    const key = `${PROJECT}:${name}`;
    const given = configuration[key];
    const parsed = setting.schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(describe(key, given, setting.allowed, setting.secret === true || isSecret(key)));
  }
  problems.push(...unknownKeys(configuration));
  if (problems.length > 0) throw new ConfigurationError(stack, problems);
  const read = values as unknown as Omit<Settings, 'stack' | 'maxInstances'> & { readonly maxInstances: number | undefined };
  const settings = { ...read, stack, maxInstances: read.maxInstances ?? read.instances };
  const together = problemsTogether(settings);
  if (together.length > 0) throw new ConfigurationError(stack, together);
  return settings;
}

/** What single settings cannot show: whether they go together. */
function problemsTogether({ instances, maxInstances, zoneRedundant }: Settings): string[] {
  return [
    ...(maxInstances < instances ? [`${PROJECT}:maxInstances was given "${maxInstances}"; allowed: not less than ${PROJECT}:instances, which is ${instances}.`] : []),
    ...(zoneRedundant && instances < ZONES ? [`${PROJECT}:zoneRedundant was given "true"; it needs at least ${ZONES} instances, one for each zone, and ${PROJECT}:instances is ${instances}.`] : []),
  ];
}

function describe(key: string, given: string | undefined, allowed: string, secret: boolean): string {
  const shown = given === undefined ? 'is not set' : secret ? `was given a value of ${given.length} characters (not shown)` : `was given ${JSON.stringify(given)}`;
  return `${key} ${shown}; allowed: ${allowed}.`;
}

function unknownKeys(configuration: Readonly<Record<string, string>>): string[] {
  const prefix = `${PROJECT}:`;
  return Object.keys(configuration)
    .filter((key) => key.startsWith(prefix) && !SETTING_NAMES.includes(key.slice(prefix.length)))
    .map((key) => `${key} is not a setting of this program${suggestion(key.slice(prefix.length))}; allowed: ${SETTING_NAMES.join(', ')}. Remove it with "pulumi config rm ${key}".`);
}

function suggestion(name: string): string {
  const nearest = SETTING_NAMES.map((known) => ({ known, distance: editDistance(name.toLowerCase(), known.toLowerCase()) })).sort((left, right) => left.distance - right.distance)[0];
  if (nearest === undefined || nearest.distance > Math.max(2, name.length / 3)) return '';
  return `, did you mean ${PROJECT}:${nearest.known}?`;
}

/** Levenshtein's distance: insertions, deletions and replacements between two words. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
