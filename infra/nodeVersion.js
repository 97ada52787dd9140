const REQUIRED_MAJOR = 24;

/**
 * Says why this Node cannot run the program, or undefined when it can.
 * @param {string} version `process.versions.node`, for instance `20.19.1`
 * @param {string | boolean | undefined} typescript `process.features.typescript`: 'strip' or 'transform' when Node runs TypeScript, false or absent otherwise
 * @returns {string | undefined}
 */
export function describeUnfitNode(version, typescript) {
  if (Number.parseInt(version, 10) < REQUIRED_MAJOR) {
    return (
      `INFRA_NODE_UNFIT: Node ${version} runs this program; Node ${REQUIRED_MAJOR} or later is needed, because the program is TypeScript that Node runs as it is. ` +
      `Run "npm ci" and put node_modules/.bin first on PATH (it holds Node ${REQUIRED_MAJOR}), or install Node ${REQUIRED_MAJOR}, then run the command again.`
    );
  }
  if (!typescript) {
    return (
      `INFRA_NODE_UNFIT: Node ${version} runs this program with type stripping off; the program is TypeScript that Node runs as it is. ` +
      'Remove --no-strip-types (or --no-experimental-strip-types) from NODE_OPTIONS, or use a Node that was built with it, then run the command again.'
    );
  }
  return undefined;
}
