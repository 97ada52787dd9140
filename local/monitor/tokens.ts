import { AzureError } from '../core/errors.ts';

export type Token =
  | { readonly kind: 'word' | 'symbol'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'timespan'; readonly text: string };

const PATTERN = /\s+|\/\/[^\n]*|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|(\d+(?:\.\d+)?(?:ms|s|m|h|d)\b)|(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(==|!=|=~|!~|<=|>=|[|,()=<>.[\]*+/%:;-])/y;

/** Takes a KQL text apart. @throws AzureError 400 SyntaxError at a character that belongs to no token */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < text.length) {
    const at = PATTERN.lastIndex;
    const match = PATTERN.exec(text);
    if (!match) throw syntaxError(`the character "${text.charAt(at)}" at position ${at} belongs to no token`);
    const [, double, single, timespan, number, word, symbol] = match;
    const quoted = double ?? single;
    if (quoted !== undefined) tokens.push({ kind: 'string', text: unescape(quoted) });
    else if (timespan !== undefined) tokens.push({ kind: 'timespan', text: timespan });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
  }
  return tokens;
}

function unescape(quoted: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return quoted.replaceAll(/\\(.)/g, (_all, character: string) => named[character] ?? character);
}

export function syntaxError(what: string): AzureError {
  return new AzureError(400, 'SyntaxError', `The query could not be parsed: ${what}.`);
}
