import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { Json } from '../../arm/types.ts';
import { AzureError, notSupportedLocally } from '../../core/errors.ts';
import { isFrontDoorBackend } from '../../network/origins.ts';

const FRONT_DOOR_TAG = 'AzureFrontDoor.Backend';
/** Source: learn.microsoft.com, "Set up Azure App Service access restrictions": headers that a rule may name, each with up to 8 values. */
const FILTER_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-azure-fdid', 'x-fd-healthprobe'];
const MOST_HEADER_VALUES = 8;
const MOST_RULES = 512;
/** The rule that Azure shows where there is none, and its priority where a rule has none. */
const ANY = 'Any';
const LAST_PRIORITY = 2_147_483_647;

const ruleSchema = z.object({
  name: z.string().nullish(),
  action: z.string().nullish(),
  priority: z.number().nullish(),
  ipAddress: z.string().nullish(),
  subnetMask: z.string().nullish(),
  tag: z.string().nullish(),
  vnetSubnetResourceId: z.string().nullish(),
  headers: z.record(z.string(), z.array(z.string()).nullish()).nullish(),
});
const configSchema = z.object({
  ipSecurityRestrictions: z.array(ruleSchema).nullish(),
  ipSecurityRestrictionsDefaultAction: z.string().nullish(),
});

/** Who asks, as far as access restrictions look. */
export interface Caller {
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
}

/** Whether a site takes a request; without rules it takes all. */
export type Admission = (caller: Caller) => boolean;

interface Rule {
  readonly allows: boolean;
  readonly priority: number;
  readonly fits: Admission;
}

/**
 * The access restrictions of a site, ready to judge: the first rule that fits by its priority decides, and then the default action, which is to deny once there is
 * any rule.
 * Source: learn.microsoft.com, "Azure App Service access restrictions" and "Set up Azure App Service access restrictions".
 * @param siteConfig what is configured
 */
export function readAdmission(siteConfig: unknown): Admission {
  const config = configSchema.parse(siteConfig ?? {});
  const rules = (config.ipSecurityRestrictions ?? []).map(readRule).sort((left, right) => left.priority - right.priority);
  const allowsRest = allowsUnmatched(rules, config.ipSecurityRestrictionsDefaultAction);
  if (rules.length === 0 && allowsRest) return admitsAll;
  return (caller) => rules.find(({ fits }) => fits(caller))?.allows ?? allowsRest;
}

function admitsAll(): boolean {
  return true;
}

/** For a site whose public network access is off, and that no private endpoint leads to. */
export function admitsNobody(): boolean {
  return false;
}

function allowsUnmatched(rules: readonly unknown[], defaultAction: unknown): boolean {
  return defaultAction == null ? rules.length === 0 : isSame(String(defaultAction), 'Allow');
}

/** The rules as Azure shows them: what becomes of all others stands behind them. */
export function showRestrictions(rules: Json | undefined, defaultAction: Json | undefined): Json[] {
  const given = Array.isArray(rules) ? rules : [];
  if (ruleSchema.safeParse(given.at(-1)).data?.ipAddress?.toLowerCase() === ANY.toLowerCase()) return given;
  const action = allowsUnmatched(given, defaultAction) ? 'Allow' : 'Deny';
  return [...given, { ipAddress: ANY, action, priority: LAST_PRIORITY, name: `${action} all`, description: `${action} all access` }];
}

/**
 * Holds restrictions against what Azure takes, and what is served here.
 * @throws AzureError BadRequest, NotSupportedByLocalAzure
 */
export function judgeRestrictions(siteConfig: unknown, setting: 'ipSecurityRestrictions' | 'scmIpSecurityRestrictions'): void {
  const rules = z.array(ruleSchema).parse((siteConfig as Record<string, unknown> | undefined)?.[setting] ?? []);
  if (rules.length > MOST_RULES) throw new AzureError(400, 'BadRequest', `siteConfig.${setting} has ${rules.length} rules; there may be ${MOST_RULES}.`);
  for (const [place, rule] of rules.entries()) {
    const where = `siteConfig.${setting}[${place}]`;
    if (rule.vnetSubnetResourceId) throw notSupportedLocally(`${where}.vnetSubnetResourceId (service endpoints)`);
    if (rule.subnetMask) throw notSupportedLocally(`${where}.subnetMask (write the range in CIDR notation)`);
    if (rule.action != null && !['allow', 'deny'].includes(rule.action.toLowerCase())) throw new AzureError(400, 'BadRequest', `${where}.action is ${JSON.stringify(rule.action)}; allowed are Allow and Deny.`);
    for (const [name, values] of Object.entries(rule.headers ?? {})) {
      if (!FILTER_HEADERS.includes(name.toLowerCase()) || (values ?? []).length > MOST_HEADER_VALUES) throw new AzureError(400, 'BadRequest', `${where}.headers: rules filter by ${FILTER_HEADERS.join(', ')}, each with at most ${MOST_HEADER_VALUES} values; not so "${name}".`);
    }
    if (isSame(rule.tag ?? '', 'ServiceTag')) {
      if (!isSame(rule.ipAddress ?? '', FRONT_DOOR_TAG)) throw notSupportedLocally(`${where}: the service tag ${rule.ipAddress ?? ''} (${FRONT_DOOR_TAG} is what is known here)`);
    } else if (!isSame(rule.ipAddress ?? '', ANY)) {
      for (const range of rangesOf(rule.ipAddress)) if (!toList(range)) throw new AzureError(400, 'BadRequest', `${where}.ipAddress is ${JSON.stringify(rule.ipAddress ?? null)}; allowed are ranges such as 203.0.113.0/24.`);
    }
  }
}

function readRule(rule: z.infer<typeof ruleSchema>): Rule {
  const fitsAddress = addressTest(rule);
  const headers = Object.entries(rule.headers ?? {}).map(([name, values]) => ({ name: name.toLowerCase(), values: (values ?? []).map((value) => value.toLowerCase()) }));
  return {
    allows: !isSame(rule.action ?? '', 'Deny'),
    priority: rule.priority ?? LAST_PRIORITY,
    fits: ({ address, headers: sent }) => fitsAddress(address) && headers.every(({ name, values }) => values.length === 0 || values.includes(String(sent[name] ?? '').toLowerCase())),
  };
}

function addressTest({ tag, ipAddress }: z.infer<typeof ruleSchema>): (address: string) => boolean {
  if (isSame(tag ?? '', 'ServiceTag')) return isFrontDoorBackend;
  if (isSame(ipAddress ?? '', ANY)) return () => true;
  const lists = rangesOf(ipAddress).flatMap((range) => toList(range) ?? []);
  return (address) => lists.some((list) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));
}

/** Several ranges stand in one rule, with commas. */
function rangesOf(ipAddress: string | null | undefined): string[] {
  return (ipAddress ?? '').split(',').map((range) => range.trim());
}

function toList(range: string): BlockList | undefined {
  const [address = '', bits] = range.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (family === 0 || !Number.isInteger(length) || length < 0 || length > most) return undefined;
  const list = new BlockList();
  list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  return list;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
