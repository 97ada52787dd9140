/** Places that take any number of segments: the id of any resource. */
export const WHOLE_IDS: readonly string[] = ['scope', 'resourceUri'];

/** A REST path with named places, `/subscriptions/{subscriptionId}/…/sites/{name}`. */
export interface PathTemplate {
  readonly template: string;
  readonly parameters: readonly string[];
  /** The path without its last type/name pair: where the collection and the parent stand. */
  readonly collection: string | undefined;
  match(path: string): Record<string, string> | undefined;
  matchCollection(path: string): Record<string, string> | undefined;
  /** @throws Error when a parameter is missing */
  render(parameters: Readonly<Record<string, string>>): string;
}

/** Compiles a template. Fixed segments are compared without case, as ARM ids are. */
export function compilePath(template: string): PathTemplate {
  const segments = template.split('/').filter((segment) => segment !== '');
  const parameters = segments.flatMap((segment) => (segment.startsWith('{') ? [segment.slice(1, -1)] : []));
  const last = segments.at(-1);
  const collection = last?.startsWith('{') ? `/${segments.slice(0, -1).join('/')}` : undefined;
  const whole = toExpression(segments);
  const list = collection ? toExpression(segments.slice(0, -1)) : undefined;
  return {
    template,
    parameters,
    collection,
    match: (path) => whole.exec(path)?.groups ?? (whole.test(path) ? {} : undefined),
    matchCollection: (path) => (list ? (list.exec(path)?.groups ?? (list.test(path) ? {} : undefined)) : undefined),
    render(values) {
      const rendered = segments.map((segment) => {
        if (!segment.startsWith('{')) return segment;
        const value = values[segment.slice(1, -1)];
        if (value === undefined || value === '') throw new Error(`${template} needs a value for ${segment}`);
        return value.replace(/^\//, '').replace(/\/$/, '');
      });
      return `/${rendered.join('/')}`;
    },
  };
}

function toExpression(segments: readonly string[]): RegExp {
  const source = segments
    .map((segment) => {
      if (segment.startsWith('{')) {
        const name = segment.slice(1, -1);
        return WHOLE_IDS.includes(name) ? `/(?<${name}>.+)` : `/(?<${name}>[^/]+)`;
      }
      return `/${segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
    })
    .join('');
  return new RegExp(`^${source}/?$`, 'i');
}

/** The form in which ids are compared: ARM ids differ in case between services. */
export function idKey(id: string): string {
  return id.replace(/\/+$/, '').toLowerCase();
}

/** The id of the resource that a nested resource belongs to; the resource group for a top-level one. */
export function parentId(id: string): string | undefined {
  const segments = id.split('/');
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === 'providers');
  if (provider < 0) return segments.length > 3 ? segments.slice(0, 3).join('/') : undefined;
  // providers / namespace / type / name: below that, one type/name pair a level.
  return segments.length - provider > 4 ? segments.slice(0, -2).join('/') : segments.slice(0, provider).join('/');
}
