import { PolicyPack } from '@pulumi/policy';
import { rulesOn } from './rules/index.ts';
import { toPolicy } from './toPolicy.ts';

// One pack: each pack is a process of its own, and a second one in the same process makes Pulumi stop.
new PolicyPack('mcp-app-service', {
  displayName: 'MCP servers on Azure App Service',
  description: 'Rules for hosting stateless MCP servers on Azure App Service.',
  provider: 'azure',
  // The process lives for one run of the engine.
  policies: rulesOn(new Date().toISOString().slice(0, 'YYYY-MM-DD'.length)).map(toPolicy),
});
