import { notSupportedLocally } from '../core/errors.ts';
import { syntaxError, type Token } from './tokens.ts';

/** Reads the tokens of a query one after the other. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  get peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  get peekSecond(): Token | undefined {
    return this.#tokens[this.#at + 1];
  }

  next(expected: string): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw syntaxError(`${expected} is missing at the end`);
    return token;
  }

  take(kind: Token['kind'], expected: string): Token {
    const token = this.next(expected);
    if (token.kind !== kind) throw syntaxError(`"${token.text}" stands where ${expected} is expected`);
    return token;
  }

  word(expected: string): string {
    return this.take('word', expected).text;
  }

  symbol(text: string): void {
    const token = this.next(`"${text}"`);
    if (token.kind === 'symbol' && token.text === text) return;
    // A sign that KQL knows and this subset does not is named as such.
    if (token.kind === 'symbol') throw notSupportedLocally(`The KQL operator "${token.text}" at this place ("${text}" is served here)`);
    throw syntaxError(`"${token.text}" stands where "${text}" is expected`);
  }

  keyword(text: string): void {
    if (!this.skipKeyword(text)) throw syntaxError(`"${this.peek?.text ?? 'the end'}" stands where "${text}" is expected`);
  }

  skipSymbol(text: string): boolean {
    return this.skip('symbol', text);
  }

  skipKeyword(text: string): boolean {
    return this.skip('word', text);
  }

  skip(kind: Token['kind'], text: string): boolean {
    if (this.peek?.kind !== kind || this.peek.text !== text) return false;
    this.#at += 1;
    return true;
  }
}
