/** The app role that opens every tool, for operators. It has no tool's prefix: it is none of a tool. */
export const UMBRELLA_ROLE = 'Mcp.CallAllTools';

/** The delegated scope that a client asks for first: it opens discovery and the lists, and no tool. */
export const BASELINE_SCOPE = 'mcp.access';
