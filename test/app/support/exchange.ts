import type { Exchange } from '../../../app/tools/toolContext.ts';

/** The exchange of a tool whose caller asked for nothing. */
export const SILENT_EXCHANGE: Exchange = {
  progress: () => undefined,
  log: () => undefined,
  inputResponses: undefined,
  state: undefined,
  sealState: async () => '',
};
