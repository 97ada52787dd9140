import { createRequire } from 'node:module';
import { TABLES } from './tables.ts';

/** What is used of Microsoft's own language service, which is compiled from C# and makes two globals. */
interface Kusto {
  readonly Language: {
    readonly GlobalState: { readonly Default: { WithDatabase(database: unknown): unknown } };
    readonly KustoCode: { ParseAndAnalyze(text: string, globals: unknown): KustoCode };
    readonly Symbols: {
      readonly TableSymbol: { From(schema: string): { WithName(name: string): unknown } };
      readonly DatabaseSymbol: { readonly $ctor1: new (name: string, symbols: unknown[]) => unknown };
    };
  };
}
interface List<T> {
  readonly Count: number;
  getItem(index: number): T;
}
interface KustoCode {
  GetDiagnostics(): List<{ readonly Severity: string; readonly Code: string; readonly Message: string; readonly Start: number }>;
  readonly ResultType: { readonly Columns?: List<{ readonly Name: string; readonly Type: { readonly Name: string } }> } | null;
}

const require = createRequire(import.meta.url);
let kusto: Kusto | undefined;

function load(): Kusto {
  if (kusto) return kusto;
  require('@kusto/language-service-next/bridge.min.js');
  require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
  return (kusto = (globalThis as unknown as { Kusto: Kusto }).Kusto);
}

export interface Analysis {
  /** What is wrong, as `CODE at OFFSET: message`. */
  readonly problems: readonly string[];
  /** Columns of the result with their types. */
  readonly columns: Readonly<Record<string, string>>;
}

/** Reads a query as the service does: syntax, and every table, column, function and type in it. */
export function analyse(text: string): Analysis {
  const { Language: { GlobalState, KustoCode, Symbols } } = load();
  const tables = Object.entries(TABLES).map(([name, schema]) => Symbols.TableSymbol.From(schema).WithName(name));
  const code = KustoCode.ParseAndAnalyze(text, GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1('component', tables)));
  const diagnostics = toArray(code.GetDiagnostics());
  return {
    problems: diagnostics.map((diagnostic) => `${diagnostic.Code} at ${diagnostic.Start}: ${diagnostic.Message}`),
    columns: Object.fromEntries(toArray(code.ResultType?.Columns).map((column) => [column.Name, column.Type.Name])),
  };
}

function toArray<T>(list: List<T> | undefined): T[] {
  return Array.from({ length: list?.Count ?? 0 }, (_, index) => list?.getItem(index) as T);
}
