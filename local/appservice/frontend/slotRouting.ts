import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { AzureError, notSupportedLocally } from '../../core/errors.ts';
import { ROUTING_COOKIE_SECONDS } from '../limits.ts';

const NAME = 'x-ms-routing-name';
/** The production slot, in cookie and query. */
const PRODUCTION = 'self';

/** Which share of production's clients another slot gets. */
export interface SlotRule {
  /** What cookie and query call it. */
  readonly name: string;
  /** Host of the slot, with port. */
  readonly host: string;
  readonly percentage: number;
}

export interface SlotChoice {
  readonly name: string;
  /** Undefined for production. */
  readonly host: string | undefined;
  /** The client does not have the cookie yet. */
  readonly isNew: boolean;
}

const ruleSchema = z.looseObject({ name: z.string().nullish(), actionHostName: z.string().nullish(), reroutePercentage: z.number().nullish() });
const rulesSchema = z.looseObject({ experiments: z.looseObject({ rampUpRules: z.array(ruleSchema).nullish() }).nullish() }).nullish();

export function readSlotRules(siteConfig: unknown): SlotRule[] {
  return (rulesSchema.parse(siteConfig)?.experiments?.rampUpRules ?? []).map((rule) => ({ name: rule.name ?? '', host: rule.actionHostName ?? '', percentage: rule.reroutePercentage ?? 0 }));
}

/**
 * The slot that a request to the production host goes to. A client stays where it was sent; the query parameter sends it elsewhere; all others are drawn.
 * A slot without a rule is out of reach this way, also for cookie and query.
 * Source: learn.microsoft.com, "Set up staging environments", "Route production traffic automatically" and "Route production traffic manually".
 * @param random a number from 0 to below 1
 * @returns undefined when the site has no rules: nobody is told anything then
 */
export function chooseSlot(rules: readonly SlotRule[], request: { readonly url: string; readonly headers: IncomingHttpHeaders }, random: () => number): SlotChoice | undefined {
  if (rules.length === 0) return undefined;
  const pinned = known(rules, readCookie(request.headers.cookie));
  const asked = known(rules, readQuery(request.url));
  if (asked) return { ...asked, isNew: asked.name !== pinned?.name };
  if (pinned) return { ...pinned, isNew: false };
  let drawn = random() * 100;
  for (const rule of rules) {
    if (drawn < rule.percentage) return { name: rule.name, host: rule.host, isNew: true };
    drawn -= rule.percentage;
  }
  return { name: PRODUCTION, host: undefined, isNew: true };
}

/** As App Service sets it. @param host the site's own, with or without port */
export function routingCookie(name: string, host: string): string {
  return `${NAME}=${name}; path=/; HttpOnly; Domain=${host.replace(/:\d+$/, '')}; Max-Age=${ROUTING_COOKIE_SECONDS}; Secure; SameSite=None`;
}

/**
 * Holds the rules of a site against what Azure takes, and what is served here.
 * @param slotHosts hosts of the site's slots; undefined for a slot, which has no rules of its own
 * @throws AzureError BadRequest, NotSupportedByLocalAzure
 */
export function judgeSlotRules(siteConfig: unknown, slotHosts: readonly string[] | undefined): void {
  const given = rulesSchema.parse(siteConfig)?.experiments?.rampUpRules ?? [];
  if (given.length > 0 && !slotHosts) throw notSupportedLocally('siteConfig.experiments.rampUpRules of a slot (production is what has traffic to route)');
  const names = new Set<string>();
  for (const [place, { name, actionHostName, reroutePercentage, ...more }] of given.entries()) {
    const where = `siteConfig.experiments.rampUpRules[${place}]`;
    // Names reach a cookie as they are.
    if (!name || !/^[\w-]+$/.test(name) || name.toLowerCase() === PRODUCTION || names.has(name.toLowerCase())) throw new AzureError(400, 'BadRequest', `${where}.name is ${JSON.stringify(name ?? null)}; give each rule a name of its own of letters, digits, hyphens and underscores, best that of its slot. "${PRODUCTION}" is production.`);
    names.add(name.toLowerCase());
    if (!actionHostName || !slotHosts?.includes(actionHostName)) throw new AzureError(400, 'BadRequest', `${where}.actionHostName is ${JSON.stringify(actionHostName ?? null)}; it must be the defaultHostName of a slot of this site: ${slotHosts?.join(', ') || 'there is none'}.`);
    if (reroutePercentage != null && !(reroutePercentage >= 0 && reroutePercentage <= 100)) throw new AzureError(400, 'BadRequest', `${where}.reroutePercentage is ${reroutePercentage}; allowed is 0 to 100.`);
    for (const [setting, value] of Object.entries(more)) if (value != null && value !== 0) throw notSupportedLocally(`${where}.${setting} (shares that change by themselves)`);
  }
  const total = readSlotRules(siteConfig).reduce((sum, { percentage }) => sum + percentage, 0);
  if (total > 100) throw new AzureError(400, 'BadRequest', `The reroutePercentage of siteConfig.experiments.rampUpRules add up to ${total}; 100 is all there is.`);
}

function known(rules: readonly SlotRule[], name: string | undefined): Omit<SlotChoice, 'isNew'> | undefined {
  if (name?.toLowerCase() === PRODUCTION) return { name: PRODUCTION, host: undefined };
  return rules.find((rule) => rule.name.toLowerCase() === name?.toLowerCase());
}

function readCookie(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === NAME) return part.slice(at + 1).trim();
  }
  return undefined;
}

function readQuery(url: string): string | undefined {
  const at = url.indexOf('?');
  return at < 0 ? undefined : (new URLSearchParams(url.slice(at)).get(NAME) ?? undefined);
}
