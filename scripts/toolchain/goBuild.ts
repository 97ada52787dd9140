import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath, type Environment } from './findOnPath.ts';
import { minimumGo, type Recipe } from './recipes.ts';
import { runProgram } from './runProgram.ts';
import { WayFailed } from './toolchainError.ts';
import { isAtLeast, parseVersion } from './version.ts';

const buildTimeoutMs = 20 * 60_000;
const versionTimeoutMs = 20_000;
const shownErrorLines = 20;
const installGo = `install Go ${minimumGo} or later (go.dev, "Download and install") and see that "go version" answers`;

/**
 * Builds a recipe into `folder`/bin with the Go on PATH. Modules come from the module cache or the user's GOPROXY.
 * @param update told what is being compiled
 * @throws WayFailed TOOLCHAIN_NO_GO, TOOLCHAIN_GO_TOO_OLD, TOOLCHAIN_BUILD_FAILED, TOOLCHAIN_PLATFORM
 */
export async function goBuild(recipe: Recipe, go: string, folder: string, env: Environment, update: (text: string) => void): Promise<void> {
  const bin = join(folder, 'bin');
  const temporary = join(folder, 'tmp');
  mkdirSync(bin, { recursive: true });
  mkdirSync(temporary);
  for (const program of recipe.goPrograms) {
    let packages = 0;
    const result = await runProgram(
      go,
      ['build', '-v', '-trimpath', '-ldflags', program.linkerFlags, '-o', join(bin, program.name), program.package],
      {
        cwd: program.module,
        env: { ...buildEnvironment(env), GOTMPDIR: temporary },
        timeoutMs: buildTimeoutMs,
        onErrorLine: (line) => {
          if (isPackageName(line)) update(`${program.name}: ${++packages} packages compiled`);
          else if (line.startsWith('go: downloading ')) update(`${program.name}: ${line.slice('go: '.length)}`);
        },
      },
    );
    if (result.exitCode !== 0) {
      const reason = result.problem || `exit code ${result.exitCode}`;
      const tail = result.errorTail.filter((line) => !isPackageName(line)).slice(-shownErrorLines);
      throw new WayFailed(
        'TOOLCHAIN_BUILD_FAILED',
        [`"go build" of ${program.name} failed (${reason})`, ...tail].join('\n'),
        'Go fetches modules through GOPROXY ("go env GOPROXY" shows it): see that it is in reach and that the disk has 3 GB free, then run the command again; finished parts are kept.',
      );
    }
  }
  for (const [name, file] of Object.entries(recipe.scripts)) {
    copyFileSync(file, join(bin, name));
    chmodSync(join(bin, name), 0o755);
  }
  rmSync(temporary, { recursive: true, force: true });
}

/**
 * Finds a Go that is new enough.
 * @throws WayFailed TOOLCHAIN_NO_GO, TOOLCHAIN_GO_TOO_OLD, TOOLCHAIN_PLATFORM
 */
export async function findGo(env: Environment): Promise<string> {
  if (process.platform === 'win32') {
    throw new WayFailed('TOOLCHAIN_PLATFORM', 'not on Windows', 'Install the program from its vendor, or work in the Windows Subsystem for Linux.');
  }
  const go = findOnPath('go', env);
  if (go === undefined) throw new WayFailed('TOOLCHAIN_NO_GO', 'there is no "go" on PATH', `Or ${installGo}.`);
  const result = await runProgram(go, ['version'], { env: buildEnvironment(env), timeoutMs: versionTimeoutMs });
  // "go version go1.26.8 linux/amd64", or "go version devel go1.27-abcdef …"
  const version = parseVersion(/\bgo(\d+\.\d+(?:\.\d+)?)/.exec(result.stdout)?.[1] ?? '');
  if (result.exitCode !== 0 || version === undefined) {
    const answer = result.problem || result.errorTail.at(-1) || JSON.stringify(result.stdout.trim());
    throw new WayFailed('TOOLCHAIN_NO_GO', `${go} does not answer "go version" (${answer})`, `Or ${installGo}.`);
  }
  if (!isAtLeast(version, minimumGo)) {
    throw new WayFailed('TOOLCHAIN_GO_TOO_OLD', `${go} is Go ${version}, and ${minimumGo} or later is needed`, `Or ${installGo}.`);
  }
  return go;
}

/**
 * The user's environment, without what would make this build another one: flags of the user, a workspace, another target.
 * Where modules come from (GOPROXY, GONOSUMDB, GOPRIVATE, …) and where Go caches stay the user's.
 */
function buildEnvironment(env: Environment): Environment {
  return {
    ...env,
    GOOS: undefined,
    GOARCH: undefined,
    GOEXPERIMENT: undefined,
    GOROOT: undefined,
    GOFLAGS: '-mod=readonly -buildvcs=false',
    GOWORK: 'off',
    GO111MODULE: 'on',
    // No C compiler is needed, and the result does not depend on the machine's C library.
    CGO_ENABLED: '0',
    // Fetching another Go behind the user's back takes minutes and needs a network: an old Go gets a clear error instead.
    GOTOOLCHAIN: 'local',
  };
}

/** A line of "go build -v" is the path of a package that was compiled, alone. */
function isPackageName(line: string): boolean {
  return /^[\w.\-~/@]+$/.test(line);
}
