import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** JSON Schema, as far as the declarations of azure-native need it. */
export interface TypeSchema {
  type?: 'string' | 'number' | 'boolean' | 'object' | 'array';
  enum?: string[];
  items?: TypeSchema;
  properties?: Record<string, TypeSchema>;
  required?: string[];
  additionalProperties?: boolean | TypeSchema;
  anyOf?: TypeSchema[];
  $ref?: string;
  /** Names that the service computes: they stand in answers, never in requests. */
  'x-readOnly'?: string[];
}

/** The contract of one resource type, by azure-native's input names. */
export interface ResourceContract {
  /** Inputs of the resource: `#/$defs/…` references resolve in `definitions`. */
  readonly inputs: TypeSchema;
  readonly definitions: Readonly<Record<string, TypeSchema>>;
}

type ProviderPackage = '@pulumi/azure-native' | '@pulumi/azuread';

const require = createRequire(import.meta.url);
const packageFolder = (name: ProviderPackage): string => dirname(require.resolve(`${name}/package.json`));
const versionOf = (name: ProviderPackage): string => (require(`${name}/package.json`) as { version: string }).version;

/** Versions of the installed packages whose declarations are read. */
export const azureNativeVersion = versionOf('@pulumi/azure-native');
export const azureadVersion = versionOf('@pulumi/azuread');

/**
 * Reads the contract of a resource out of the declarations of an installed provider package:
 * azure-native is generated from Azure's own API specifications, so its types are the REST contract by other names.
 * @param token `web:WebApp` of azure-native, `:Application` of azuread, which has no modules
 * @throws Error when the package has no such resource
 */
export function readResourceContract(token: string, from: ProviderPackage = '@pulumi/azure-native'): ResourceContract {
  const [module = '', resource = ''] = token.split(':');
  const file = join(packageFolder(from), module, `${resource.charAt(0).toLowerCase()}${resource.slice(1)}.d.ts`);
  if (!existsSync(file)) throw new Error(`${from} ${versionOf(from)} has no resource ${token}`);
  const source = parse(file, readFileSync(file, 'utf8'));
  const args = source.interfaces.get(`${resource}Args`);
  if (!args) throw new Error(`${file} declares no ${resource}Args`);
  const reader = new DeclarationReader(from);
  const inputs = reader.objectSchema(args);
  const outputs = source.classes.get(resource) ?? [];
  const readOnly = outputs.filter((name) => inputs.properties?.[name] === undefined && name !== 'azureApiVersion');
  return { inputs: { ...inputs, 'x-readOnly': readOnly }, definitions: reader.definitions };
}

class DeclarationReader {
  readonly definitions: Record<string, TypeSchema> = {};
  private readonly from: ProviderPackage;

  constructor(from: ProviderPackage) {
    this.from = from;
  }

  objectSchema(declaration: ts.InterfaceDeclaration): TypeSchema {
    const properties: Record<string, TypeSchema> = {};
    const required: string[] = [];
    for (const member of declaration.members) {
      if (!ts.isPropertySignature(member) || !member.type) continue;
      const name = propertyName(member.name);
      properties[name] = this.typeSchema(member.type);
      if (!member.questionToken) required.push(name);
    }
    return { type: 'object', properties, required, additionalProperties: false };
  }

  typeSchema(type: ts.TypeNode): TypeSchema {
    if (ts.isParenthesizedTypeNode(type)) return this.typeSchema(type.type);
    if (ts.isUnionTypeNode(type)) return this.unionSchema(type);
    if (ts.isArrayTypeNode(type)) return { type: 'array', items: this.typeSchema(type.elementType) };
    if (ts.isTypeLiteralNode(type)) return this.dictionarySchema(type);
    if (ts.isTypeReferenceNode(type)) return this.referenceSchema(type);
    // What tells the alternatives of a union apart: one value of text.
    if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) return { type: 'string', enum: [type.literal.text] };
    switch (type.kind) {
      case ts.SyntaxKind.StringKeyword: return { type: 'string' };
      case ts.SyntaxKind.NumberKeyword: return { type: 'number' };
      case ts.SyntaxKind.BooleanKeyword: return { type: 'boolean' };
      case ts.SyntaxKind.AnyKeyword: return {};
      default: throw new Error(`A type of a form this reader does not know: ${type.getText()}`);
    }
  }

  private unionSchema(type: ts.UnionTypeNode): TypeSchema {
    const members = type.types.filter((member) => member.kind !== ts.SyntaxKind.UndefinedKeyword).map((member) => this.typeSchema(member));
    // `string | enums.X`: Azure lists the values and the service judges them, so the list is the contract.
    const listed = members.find((member) => member.enum);
    if (listed) return listed;
    return members.length === 1 ? (members[0] as TypeSchema) : { anyOf: members };
  }

  private dictionarySchema(type: ts.TypeLiteralNode): TypeSchema {
    const index = type.members.find(ts.isIndexSignatureDeclaration);
    if (!index) throw new Error(`An inline type without index signature: ${type.getText()}`);
    return { type: 'object', additionalProperties: this.typeSchema(index.type) };
  }

  private referenceSchema(type: ts.TypeReferenceNode): TypeSchema {
    const name = type.typeName.getText();
    const [argument] = type.typeArguments ?? [];
    if (name === 'pulumi.Input' && argument) return this.typeSchema(argument);
    if (name.startsWith('pulumi.asset.')) return { type: 'object' };
    const [kind, ...rest] = name.split('.');
    const local = rest.pop();
    const module = rest.pop() ?? '';
    if (kind === 'enums' && local) return { type: 'string', enum: readEnum(module, local) };
    if (kind === 'inputs' && local) return this.definition(module, local);
    throw new Error(`A reference this reader does not know: ${name}`);
  }

  private definition(module: string, name: string): TypeSchema {
    const key = module === '' ? name : `${module}.${name}`;
    if (!(key in this.definitions)) {
      this.definitions[key] = {}; // taken before its members are read: declarations may be recursive
      const declaration = readNamespace(this.from, 'input', module).interfaces.get(name);
      if (!declaration) throw new Error(`types/input.d.ts declares no ${key}`);
      const schema = this.objectSchema(declaration);
      const response = readNamespace(this.from, 'output', module).interfaces.get(name.replace(/Args$/, 'Response'));
      const shown = response?.members.flatMap((member) => (member.name ? [propertyName(member.name)] : [])) ?? [];
      this.definitions[key] = { ...schema, 'x-readOnly': shown.filter((property) => schema.properties?.[property] === undefined) };
    }
    return { $ref: `#/$defs/${key}` };
  }
}

interface Declarations {
  readonly interfaces: Map<string, ts.InterfaceDeclaration>;
  /** Class name → names of its members. */
  readonly classes: Map<string, string[]>;
  readonly constants: Map<string, string[]>;
}

const namespaces = new Map<string, Declarations>();
const wholeFiles = new Map<string, string>();

/** One namespace of types/input.d.ts or output.d.ts. The files have 8 MB; only the slice that is asked for is parsed. */
function readNamespace(from: ProviderPackage, direction: 'input' | 'output', module: string): Declarations {
  const key = `${from}:${direction}:${module}`;
  const known = namespaces.get(key);
  if (known) return known;
  const file = join(packageFolder(from), 'types', `${direction}.d.ts`);
  const text = wholeFiles.get(file) ?? readFileSync(file, 'utf8');
  wholeFiles.set(file, text);
  const start = module === '' ? 0 : text.indexOf(`export declare namespace ${module} {`);
  if (start < 0) throw new Error(`${file} declares no namespace ${module}`);
  const end = text.indexOf('\nexport declare namespace ', start);
  const declarations = parse(file, text.slice(start, end < 0 ? undefined : end));
  namespaces.set(key, declarations);
  return declarations;
}

function readEnum(module: string, name: string): string[] {
  const key = `enums:${module}`;
  let declarations = namespaces.get(key);
  if (!declarations) {
    const file = join(packageFolder('@pulumi/azure-native'), 'types', 'enums', module, 'index.d.ts');
    declarations = parse(file, readFileSync(file, 'utf8'));
    namespaces.set(key, declarations);
  }
  const values = declarations.constants.get(name);
  if (!values) throw new Error(`azure-native declares no enumeration ${module}.${name}`);
  return values;
}

/** Drops the text of the big declaration files once all contracts are read. */
export function forgetDeclarations(): void {
  namespaces.clear();
  wholeFiles.clear();
}

function parse(file: string, text: string): Declarations {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const interfaces = new Map<string, ts.InterfaceDeclaration>();
  const classes = new Map<string, string[]>();
  const constants = new Map<string, string[]>();
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node)) interfaces.set(node.name.text, node);
    else if (ts.isClassDeclaration(node) && node.name) classes.set(node.name.text, outputNames(node));
    else if (ts.isVariableDeclaration(node) && node.type && ts.isTypeLiteralNode(node.type)) constants.set(node.name.getText(), literalValues(node.type));
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return { interfaces, classes, constants };
}

function outputNames(declaration: ts.ClassDeclaration): string[] {
  return declaration.members.filter(ts.isPropertyDeclaration).map((member) => propertyName(member.name));
}

function literalValues(type: ts.TypeLiteralNode): string[] {
  return type.members.flatMap((member) =>
    ts.isPropertySignature(member) && member.type && ts.isLiteralTypeNode(member.type) && ts.isStringLiteral(member.type.literal)
      ? [member.type.literal.text]
      : [],
  );
}

function propertyName(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : name.getText();
}
