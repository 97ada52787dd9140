/** A whole number that a policy configuration may set for a rule. */
export interface Setting {
  readonly name: string;
  readonly description: string;
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** The configured number, or the default. The engine has checked it against the schema. */
export function settingValue(setting: Setting, given: Readonly<Record<string, unknown>>): number {
  const value = given[setting.name];
  return typeof value === 'number' ? value : setting.default;
}
