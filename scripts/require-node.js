/*
 * Plain JavaScript that Node 12 parses: it has to run in order to say that the rest cannot.
 */

/**
 * Says why this Node does not do, or undefined when it does.
 * @param {string} version such as "20.19.1", as process.versions.node has it
 * @param {number} minimumMajor the oldest major version that does
 * @returns {string | undefined}
 */
export function nodeVersionProblem(version, minimumMajor) {
  var major = parseInt(version, 10);
  if (major >= minimumMajor) return undefined;
  return (
    'NODE_TOO_OLD: this is Node ' + version + '; Node ' + minimumMajor + ' or later is needed, because the scripts are TypeScript that Node runs as it is.\n' +
    'The project brings its own Node: run "npm ci" once, then the commands as "npm run …". For other commands put\n' +
    'node_modules/.bin first on PATH, or install Node ' + minimumMajor + '.'
  );
}

/**
 * Ends the process with exit code 1 and a plain message when Node is too old.
 * @param {number} minimumMajor the oldest major version that does
 */
export function requireNode(minimumMajor) {
  var problem = nodeVersionProblem(process.versions.node, minimumMajor);
  if (problem === undefined) return;
  process.stderr.write(problem + '\n');
  process.exit(1);
}
