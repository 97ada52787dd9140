/** Says why this Node does not do, or undefined when it does. @param version such as "20.19.1" @param minimumMajor the oldest major version that does */
export declare function nodeVersionProblem(version: string, minimumMajor: number): string | undefined;
/** Ends the process with exit code 1 and a plain message when Node is too old. @param minimumMajor the oldest major version that does */
export declare function requireNode(minimumMajor: number): void;
