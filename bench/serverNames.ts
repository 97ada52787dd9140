/** The servers of `bench -- app`, from the floor up. */
export const APP_SERVERS = ['fastify', 'protocol', 'sdk-example', 'fastapi', 'all-on', 'all-on-100', 'unrecorded', 'durable'] as const;
/** All servers, in the order in which they take turns and stand in tables. */
export const SERVER_NAMES = [...APP_SERVERS, 'authenticated'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];
