import { isRecord, readInput, readItems, readPath, type Reading } from '../../readInput.ts';
import { judgeRequirement, mustBeOneOf, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

const REQUIRED: readonly Requirement[] = [
  mustBeOneOf('signInAudience', ['AzureADMyOrg'], { passes: 'the provider sends AzureADMyOrg' }),
  { input: 'api.requestedAccessTokenVersion', allowed: '2', accepts: (value) => value === 2, omitted: { violates: 'Entra then issues tokens of version 1' } },
];
const CLAIMS = 'optionalClaims.accessTokens';
const CLAIM = 'idtyp';
const FOR_USERS_TOO = 'include_user_token';
const ALLOWED = `Allowed: with ${CLAIM}, additionalProperties ${FOR_USERS_TOO}.`;

/** Tokens of other tenants, and of version 1 with its other issuer and audience, are none that the server checks for. The claim tells an application from a user. */
export const entraApplication: ResourceRule = {
  kind: 'resource',
  name: 'entra-application',
  displayName: 'Single tenant, tokens of version 2 that say whose they are',
  description: `Applications in Entra are for one tenant and get access tokens of version 2, which say by ${CLAIM} whether they are a user's or an application's.`,
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  remediationSteps: `Set signInAudience: AzureADMyOrg, api.requestedAccessTokenVersion: 2 and, in ${CLAIMS}, ${CLAIM} with ${FOR_USERS_TOO} on the application.`,
  url: 'https://learn.microsoft.com/entra/identity-platform/reference-app-manifest',
  judge({ type, props }) {
    if (typeKeyOf(type) !== 'azuread:Application') return doesNotConcern('The resource is no application in Entra.');
    return found([...REQUIRED.map((requirement) => judgeRequirement(props, requirement)), judgeClaims(readPath(props, CLAIMS))]);
  },
};

function judgeClaims(claims: Reading): Finding | undefined {
  const items = claims.state === 'known' ? readItems(claims.value) ?? [] : [];
  const verdicts = items.map(tellsWhose);
  if (verdicts.includes('yes')) return undefined;
  return claims.state === 'unknown' || verdicts.includes('unknown') ? notJudged(CLAIMS, ALLOWED) : violation(`${CLAIMS} is without ${CLAIM} for all tokens: an application's could not be told from a user's. ${ALLOWED}`);
}

function tellsWhose(item: Reading): 'yes' | 'no' | 'unknown' {
  if (item.state === 'unknown') return 'unknown';
  if (item.state === 'absent' || !isRecord(item.value)) return 'no';
  const [name, properties] = [readInput(item.value, 'name'), readInput(item.value, 'additionalProperties')];
  const given = properties.state === 'known' ? readItems(properties.value) ?? [] : [];
  if ([name, properties, ...given].some(({ state }) => state === 'unknown')) return 'unknown';
  return name.state === 'known' && name.value === CLAIM && given.some((property) => property.state === 'known' && property.value === FOR_USERS_TOO) ? 'yes' : 'no';
}
