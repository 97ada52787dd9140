/** Name of the policy pack in the engine's events: policy/pack.ts. */
export const PACK_NAME = 'mcp-app-service';
