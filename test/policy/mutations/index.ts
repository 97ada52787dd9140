import { ACCESS_MUTATIONS } from './access.ts';
import { APP_MUTATIONS } from './app.ts';
import { DATA_MUTATIONS } from './data.ts';
import type { Mutation } from './mutation.ts';
import { NETWORK_MUTATIONS } from './network.ts';
import { OPERATIONS_MUTATIONS } from './operations.ts';
import { TOOL_MUTATIONS } from './tools.ts';

export const MUTATIONS: readonly Mutation[] = [...APP_MUTATIONS, ...ACCESS_MUTATIONS, ...DATA_MUTATIONS, ...NETWORK_MUTATIONS, ...OPERATIONS_MUTATIONS, ...TOOL_MUTATIONS];
