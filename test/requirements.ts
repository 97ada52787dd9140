/** A promise of the project to those who use it. Tests cite its id in their title, `[serve.spread]`. */
export interface Requirement {
  readonly id: string;
  readonly promise: string;
  /** Where it is promised: a document of this repository, a specification or a documentation page. */
  readonly source: string;
}

const readme = 'README.md';
const decisions = (name: string): string => `docs/decisions/${name}`;

export const requirements: readonly Requirement[] = [
  { id: 'up.from-nothing', promise: 'One command deploys a stack: two slots, three instances, every tool answers; the second stack stands beside the first.', source: readme },
  { id: 'up.no-change', promise: 'The same command again makes no change.', source: readme },
  { id: 'up.cut-off', promise: 'An up that is killed anywhere is completed by the next one.', source: 'docs/decisions/004-cut-off-updates.md' },
  { id: 'up.broken-build', promise: 'A build that crashes at start stops at the staging slot; production goes on.', source: 'docs/decisions/013-what-a-slot-runs.md' },
  { id: 'secrets.nowhere', promise: 'Secrets stand in no state file, log or process list.', source: 'local/README.md' },
  { id: 'env.plain-pulumi', promise: 'Plain pulumi works in the exported environment, runs the pack, and writes into no tracked file.', source: readme },
  { id: 'readme.session', promise: 'The shell session of the README works as it is written.', source: readme },
  { id: 'load.k6', promise: 'npm run load measures latency and spread with k6.', source: readme },
  { id: 'token.tools', promise: 'A token is good for the tools it names.', source: readme },
  { id: 'destroy.up-again', promise: 'destroy leaves what Azure retains, and a following up succeeds.', source: readme },
  { id: 'cloud.killed', promise: 'A killed local Azure leaves nothing that the next command does not find or end.', source: decisions('003-local-state.md') },
  { id: 'cloud.damaged-state', promise: 'A damaged state file is kept aside and said; nothing is lost.', source: decisions('003-local-state.md') },
  { id: 'protocol.one-behaviour', promise: 'The fast path and the SDK answer alike, but for listed differences.', source: 'docs/decisions/016-fast-path.md' },
  { id: 'offer.resources', promise: 'Resources, a prompt and completion stand beside the tools, behind the same roles and scopes.', source: 'MCP specification 2026-07-28, server/resources, server/prompts, server/utilities/completion' },
  { id: 'limits.json', promise: 'A request body is refused before anything is allocated for what makes it costly.', source: 'app/limits.ts' },
  { id: 'overload.shed', promise: 'Load that is too much is told to come back, while health stays green.', source: 'RFC 9110, section 15.6.4' },
  { id: 'ready.detail', promise: '/ready tells whether calls can be served; the detail is for verified callers.', source: readme },
  { id: 'serve.spread', promise: 'Any instance answers any request: calls spread evenly, in both protocol versions.', source: 'MCP specification 2026-07-28, basic/index: nothing may rely on an earlier request' },
  { id: 'serve.kill-instance', promise: 'When an instance dies, only requests in flight on it fail, and it comes back.', source: 'local/appservice/README.md' },
  { id: 'telemetry.spread', promise: 'Telemetry tells the spread over instances by cloud_RoleInstance.', source: readme },
  { id: 'telemetry.identity', promise: 'Telemetry is sent with the managed identity, not with a key.', source: 'learn.microsoft.com, "Microsoft Entra authentication for Application Insights"' },
  { id: 'affinity.drift', promise: 'Affinity switched on by hand pins a client, is seen as drift, and is mended by up.', source: 'learn.microsoft.com, "Configure an App Service app", General settings' },
  { id: 'policy.affinity', promise: 'With affinity on in the program, up fails and no resource has changed.', source: readme },
  { id: 'policy.every-form', promise: 'The affinity rule judges every form of site and slot, in every version of the types and for the classic provider.', source: decisions('014-rules-as-values.md') },
  { id: 'policy.not-applicable', promise: 'A rule does not count resources as passed that it does not concern.', source: decisions('014-rules-as-values.md') },
  { id: 'program.slots', promise: 'up deploys to the staging slot; what production runs changes by promotion alone.', source: decisions('013-what-a-slot-runs.md') },
  { id: 'program.generated-secret', promise: 'A generated secret never changes by itself.', source: decisions('015-the-request-state-key.md') },
  { id: 'program.vault', promise: 'The vault is purge-protected and knows role assignments only.', source: 'learn.microsoft.com, "Secure your Azure Key Vault"' },
  { id: 'program.roles', promise: 'The identity holds the roles it needs at the narrowest scope, and no other.', source: 'learn.microsoft.com, "Best practices for Azure RBAC"' },
  { id: 'program.entra', promise: 'Entra issues v2 tokens with a role and a scope for each tool.', source: 'MCP specification 2026-07-28, basic/authorization' },
  { id: 'program.instances', promise: 'Production never has fewer than three instances.', source: decisions('010-settings-of-a-stack.md') },
  { id: 'package.deterministic', promise: 'The same source gives the same package, byte for byte.', source: decisions('013-what-a-slot-runs.md') },
  { id: 'package.starts', promise: 'The deployed package starts and knows its own digest.', source: 'learn.microsoft.com, "Run your app in Azure App Service directly from a ZIP package"' },
  { id: 'contract.run-time', promise: 'No request body of the program breaks the contract of the pinned provider package.', source: decisions('002-contract-from-declarations.md') },
  { id: 'contract.independent', promise: 'No request body of the program breaks Azure\'s own type definitions.', source: decisions('002-contract-from-declarations.md') },
  { id: 'contract.identities', promise: 'User-assigned identities are a map on the wire.', source: 'learn.microsoft.com, ManagedServiceIdentity' },
  { id: 'workers.environment', promise: 'Workers get App Service\'s environment and nothing else; secrets stay out of arguments, logs and state.', source: 'learn.microsoft.com, "Environment variables and app settings in Azure App Service"' },
  { id: 'workers.health', promise: 'An unhealthy instance leaves the rotation, never more than half of them.', source: 'learn.microsoft.com, "Monitor App Service instances by using Health check"' },
  { id: 'workers.references', promise: 'Key Vault references resolve by the role of the identity, and their status can be read.', source: 'learn.microsoft.com, "Use Key Vault references as app settings"' },
  { id: 'entra.tokens', promise: 'The real credential clients get tokens that verify by the published keys.', source: 'learn.microsoft.com, "Access tokens in the Microsoft identity platform"' },
  { id: 'sdk.app-service', promise: 'The real App Service client works against the local ARM.', source: 'local/README.md' },
  { id: 'sdk.identity', promise: 'The real managed-identity client works in a worker.', source: 'local/README.md' },
  { id: 'sdk.key-vault', promise: 'The real Key Vault client works against the local vaults.', source: 'local/README.md' },
  { id: 'sdk.storage', promise: 'The real Blob client works against the local accounts.', source: 'local/README.md' },
  { id: 'sdk.monitor', promise: 'The vendor\'s telemetry exporter works against the local ingestion.', source: 'local/README.md' },
  { id: 'toolchain.build', promise: 'The Pulumi CLI is found, else built once and kept.', source: readme },
  { id: 'toolchain.k6', promise: 'k6 is found or built the same way.', source: readme },
  { id: 'preflight.checks', promise: 'preflight checks what a deployment to Azure takes.', source: 'docs/bootstrap.md' },
  { id: 'refuse.arguments', promise: 'A command called wrongly says what is allowed.', source: readme },
  { id: 'refuse.not-running', promise: 'Commands say how to start the local Azure when it does not run.', source: readme },
  { id: 'refuse.no-toolchain', promise: 'Without Go and without a CLI, up says what was tried and what to install.', source: readme },
  { id: 'refuse.port', promise: 'A taken port is named, with what to do.', source: readme },
  { id: 'refuse.node', promise: 'An older Node is told so, without a stack trace.', source: readme },
  { id: 'refuse.expired-token', promise: 'An expired token is told so, without the token.', source: 'RFC 6750, section 3.1' },
  { id: 'refuse.settings', promise: 'A bad setting fails before any resource is made.', source: decisions('010-settings-of-a-stack.md') },
];
