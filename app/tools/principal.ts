/** Who calls, taken from a verified access token of Entra. Claims: learn.microsoft.com, "Access token claims reference". */
export interface Principal {
  /** `user`: a person through a client (delegated). `app`: an application or managed identity acting for itself. */
  readonly kind: 'user' | 'app';
  /** `oid`: the person in a delegated call, the service principal otherwise. */
  readonly oid: string;
  /** `tid`: the tenant. */
  readonly tid: string;
  /** `azp`: application id of the client that acts. */
  readonly azp: string;
  /** `idtyp` as the token has it; delegated tokens may lack it. */
  readonly idtyp: string | undefined;
  readonly name: string | undefined;
  /** Undefined for who is no agent. Source: learn.microsoft.com, "Agent token claims". */
  readonly agent: AgentFacets | undefined;
  /** `roles`: values of app roles held by the principal. */
  readonly roles: readonly string[];
  /** `scp`, split: what the client was allowed to do for the person. Empty in app-only calls. */
  readonly scopes: readonly string[];
}

/** What Entra says of an agent that acts. */
export interface AgentFacets {
  /** The acting client is an agent identity. */
  readonly identity: boolean;
  /** The subject is an agent's user account. */
  readonly userAccount: boolean;
  /** Application id of the blueprint, for the record: nothing is authorized by it. */
  readonly blueprint: string | undefined;
}
