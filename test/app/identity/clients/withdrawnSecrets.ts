/**
 * A server process that has withdrawn its secrets: asks for tokens of several scopes by two credentials, as the record and the telemetry do.
 * ELSEWHERE stands for code that has pointed IDENTITY_ENDPOINT to itself before. Prints {tokens, environment} or {error, environment}.
 */
import { createManagedIdentity, tokensOf } from '../../../../app/identity/managedIdentity.ts';
import { withdrawSecrets } from '../../../../app/identity/withdrawSecrets.ts';

const { AZURE_CLIENT_ID, SCOPES = '', ELSEWHERE } = process.env;
withdrawSecrets(process.env);
withdrawSecrets(process.env);
if (ELSEWHERE !== undefined) process.env['IDENTITY_ENDPOINT'] = ELSEWHERE;
const answer: Record<string, unknown> = { environment: process.env };
try {
  const tokens: string[] = [];
  for (let credential = 0; credential < 2; credential += 1) {
    const getToken = tokensOf(createManagedIdentity(AZURE_CLIENT_ID));
    for (const scope of SCOPES.split(' ')) tokens.push(await getToken(scope));
  }
  answer['tokens'] = tokens;
} catch (error) {
  answer['error'] = String(error);
}
process.stdout.write(JSON.stringify(answer));
