/** Path of the MCP endpoint; the API's identifier URI in Entra ends in it. */
export const MCP_PATH = '/mcp';
