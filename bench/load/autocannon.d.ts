/** The part of autocannon 9 that is used; it brings no types. Source: its README, "API". */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly connections: number;
    /** Requests in all, shared out over the connections; at least one each. */
    readonly amount: number;
    /** How often it looks whether it has finished, in milliseconds. */
    readonly sampleInt: number;
    /** Time for one answer, in seconds. */
    readonly timeout: number;
    readonly verifyBody: (body: string) => boolean;
  }
  interface Result {
    readonly errors: number;
    readonly timeouts: number;
    readonly mismatches: number;
    readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>;
  }
  export default function autocannon(options: Options): Promise<Result>;
}
