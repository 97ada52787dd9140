import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The import arrows between the rooms, as rules with messages.
 * Each row: the room, the rooms it may not reach into, and why.
 */
const arrows = [
  { room: 'app', banned: ['infra', 'policy', 'scripts', 'local', 'bench', 'test'], because: 'app/ is deployed alone: it imports no other room.' },
  { room: 'infra', banned: ['policy', 'scripts', 'local', 'bench', 'test'], because: 'infra/ describes the desired state: of the other rooms it may import app/tools only.' },
  { room: 'policy', banned: ['app', 'infra', 'scripts', 'local', 'bench', 'test'], because: 'policy/ judges: it imports no other room, so that it cannot agree with infra by construction.' },
  { room: 'local', banned: ['app', 'infra', 'policy', 'scripts', 'bench', 'test'], because: 'local/ stands in for Azure: it knows nothing of what is deployed to it.' },
  { room: 'scripts', banned: ['policy', 'local', 'bench', 'test'], because: 'scripts/ may import infra/config, infra/names and app/tools; it talks to the local Azure as a process.' },
];

/** Folders below each other in a room, at most. */
const MAX_DEPTH = 6;

/** A row a depth: as many steps up as there are folders lead out of the room, and fewer may lead to a folder of it that is named as another room is, such as scripts/policy. */
const arrowRules = arrows.flatMap(({ room, banned, because }) => Array.from({ length: MAX_DEPTH }, (_, place) => ({
  files: [`${room}/${'*/'.repeat(place)}*.{ts,js}`],
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [
        { regex: `^(\\.\\./){${place + 1}}(${banned.join('|')})/`, message: because },
        ...(room === 'infra' ? [{ regex: '^(\\.\\./)+app/(?!tools/)', message: because }] : []),
        ...(room === 'scripts' ? [{ regex: '^(\\.\\./)+(app/(?!tools/)|infra/(?!config\\.ts$|names\\.ts$))', message: because }] : []),
      ],
    }],
  },
})));

/**
 * The way out of a tool is `context.fetch`, which judges where it goes (docs/decisions/022-egress.md). Whatever else opens a connection, starts a process or
 * finds a secret is out of its reach by these rules; types may be imported from everywhere.
 */
const WAY_OUT = 'A tool reaches hosts by context.fetch alone, and declares them as its egress.';
const WAYS_AROUND = 'child_process|cluster|dgram|dns|http|http2|https|inspector|module|net|process|quic|repl|tls|vm|wasi|worker_threads';
/** Packages that neither open connections nor read the environment. */
const TOOL_PACKAGES = ['@modelcontextprotocol/server', 'zod'];

const toolRules = [
  {
    files: ['app/tools/**/*.{ts,js}'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', {
        patterns: [
          { regex: `^(node:)?(${WAYS_AROUND})(/|$)`, allowTypeImports: true, message: WAY_OUT },
          { regex: `^(?!\\.{1,2}/|node:|(${TOOL_PACKAGES.join('|')})$)(?!(${WAYS_AROUND})(/|$))`, allowTypeImports: true, message: `${WAY_OUT} Of packages it may import ${TOOL_PACKAGES.join(' and ')}; add one to eslint.config.js when it opens no connection by itself.` },
        ],
      }],
      'no-restricted-globals': ['error',
        ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'global', 'globalThis'].map((name) => ({ name, message: WAY_OUT })),
        { name: 'process', message: 'Settings are read in app/config.ts; what a tool needs stands in its context.' },
      ],
      'no-restricted-syntax': ['error', { selector: 'ImportExpression:not([source.value=/^\\.\\u002f/])', message: `A tool imports on demand only files of its own folder, by "./…". ${WAY_OUT}` }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
    },
  },
  {
    files: ['app/tools/*/**/*.{ts,js}'],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [{ regex: '^(?=\\.)(?!(\\./|\\.\\./(\\.\\./workers/)?)(?!.*\\.\\.))', allowTypeImports: true, message: 'A tool is given what it needs in its context: of app/ it may import app/tools and app/workers.' }],
      }],
    },
  },
];

export default tseslint.config(
  { ignores: ['node_modules/', '.local/', 'dist/', '**/dist/', '.ci/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  { languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } } },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Interfaces here are records of functions, made by closures: none of them needs `this`.
      '@typescript-eslint/unbound-method': 'off',
      // JSON values are turned into text in many messages; the rule cannot tell which of them are objects.
      '@typescript-eslint/no-base-to-string': 'off',
      // node:test returns promises from describe/it that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['it', 'test', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'] }] }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-console': 'error',
    },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
  { files: ['**/*.k6.js'], languageOptions: { globals: { __ENV: 'readonly' } } },
  ...arrowRules,
  ...toolRules,
);
