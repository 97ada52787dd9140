/** The servers of the benchmark, from the floor up: the order in which they take turns and stand in tables. */
export const SERVER_NAMES = ['fastify', 'protocol', 'sdk-example', 'fastapi', 'all-on', 'all-on-100', 'unrecorded', 'durable'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];
