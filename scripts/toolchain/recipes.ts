import { fileURLToPath } from 'node:url';

/** A program that Go builds from one of the small modules beside this file. */
export interface GoProgram {
  readonly name: string;
  /** Folder of the Go module whose go.mod and go.sum pin every version; its `tool` line names the package. */
  readonly module: string;
  readonly package: string;
  /** Passed to Go's linker. */
  readonly linkerFlags: string;
}

/** What is built together into one folder of the cache. */
export interface Recipe {
  /** Begins the folder's name in the cache. */
  readonly name: string;
  /** What people call it, without an article. */
  readonly title: string;
  readonly goPrograms: readonly GoProgram[];
  /** Files that are copied as they are and made executable, by the name they get. */
  readonly scripts: Readonly<Record<string, string>>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The oldest Go that the modules build with: the `go` lines of their go.mod files say the same. */
export const minimumGo = '1.25';

/**
 * The engine, the language host that starts the program and the script that starts a policy pack. Two modules, because engine and
 * host come from different versions of one SDK: later hosts are modules of their own, which the module proxy does not serve.
 * The engine stays below 3.221: from there on it starts Node policy packs through a call that this host does not have.
 */
export const pulumiRecipe: Recipe = {
  name: 'pulumi',
  title: 'Pulumi CLI',
  goPrograms: [
    {
      name: 'pulumi',
      module: here('./pulumi'),
      package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      linkerFlags: '-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.210.0',
    },
    {
      name: 'pulumi-language-nodejs',
      module: here('./language-host'),
      package: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
      linkerFlags: '-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.68.0',
    },
  ],
  scripts: { 'pulumi-analyzer-policy': here('./pulumi-analyzer-policy') },
};

/** The load generator. */
export const k6Recipe: Recipe = {
  name: 'k6',
  title: 'k6',
  goPrograms: [{ name: 'k6', module: here('./k6'), package: 'go.k6.io/k6', linkerFlags: '-s -w' }],
  scripts: {},
};

/** The checker of GitHub Actions workflows. */
export const actionlintRecipe: Recipe = {
  name: 'actionlint',
  title: 'actionlint',
  goPrograms: [{ name: 'actionlint', module: here('./actionlint'), package: 'github.com/rhysd/actionlint/cmd/actionlint', linkerFlags: '-s -w' }],
  scripts: {},
};
