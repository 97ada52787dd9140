/** A value that stands at a path of a resource's inputs, with the object that it stands in. */
export interface Leaf {
  /** Names with dots between, places in brackets: `securityRules[3].access`. */
  readonly path: string;
  readonly value: unknown;
  /** The other values beside it. */
  readonly beside: Readonly<Record<string, unknown>>;
}

/** Which leaves of which resources; in a path `[]` stands for any place in a list. */
export interface Target {
  /** Types as `typeKeyOf` gives them; `*` for all. */
  readonly on: readonly string[];
  /** Resources by their logical name; undefined for all of these types. */
  readonly named?: RegExp;
  readonly path: string;
  /** Narrows further, by what stands beside the leaf and in it. */
  readonly where?: (leaf: Leaf) => boolean;
}

/** What becomes of the program. */
export type Change =
  /** Another value in place of such a leaf: of each by itself, or of all together. */
  | (Target & { readonly kind: 'to'; readonly to: string | number | boolean | ((value: unknown) => string); readonly together?: true })
  /** Something that is none of the stack, in place of what an output of another resource went into. */
  | (Target & { readonly kind: 'foreign'; readonly to: string })
  /** The leaf is left out. */
  | (Target & { readonly kind: 'omitted' })
  /** An input that the program does not set. */
  | (Omit<Target, 'where'> & { readonly kind: 'added'; readonly value: unknown })
  /** The whole resource is gone. */
  | (Omit<Target, 'where' | 'path'> & { readonly kind: 'deleted' })
  /** A resource that the program does not have. */
  | { readonly kind: 'made'; readonly type: string; readonly name: string; readonly inputs: Readonly<Record<string, unknown>> };

export interface Mutation {
  readonly id: string;
  /** What it is worth to an attacker, or which outage it brings. */
  readonly means: string;
  readonly change: Change;
  /** Name of the rule that has to fail. */
  readonly rule: string;
  /** Type of the resource that the finding is about, when it is another than the mutated one. */
  readonly about?: string;
  /** Settings of the stack, over those of prod, without which the input says nothing. */
  readonly stack?: 'prod' | 'fixed';
  /** Changed in what Azure answers, not in the inputs: as somebody did by hand. */
  readonly drift?: true;
}

/** Leaves that no rule judges, and why none does. */
export interface Unjudged extends Target {
  readonly why: string;
}
