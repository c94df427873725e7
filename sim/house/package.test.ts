import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/**
 * What `npm pack` makes works outside the checkout: with rtl/ and templates/, and with onnx-proto on the protobufjs
 * that `overrides` picks here. npm ignores a dependency's overrides, so both packages are bundled.
 */
const root = mkdtempSync(join(tmpdir(), "spikec-package-"));
const user = join(root, "user");
afterAll(() => rmSync(root, { recursive: true }));

/** What a command prints on stdout; if it fails, the error says what it printed anywhere. */
function run(folder: string, command: string, args: readonly string[]): string {
  const ended = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`${command} ${args.join(" ")}\n${ended.stdout}${ended.stderr}`);
  return ended.stdout;
}

/** Names of all files below a folder. */
const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();

/** Paths of all pages of a folder of the package. */
const pagesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));

interface Lock {
  readonly packages: Readonly<Record<string, { readonly inBundle?: boolean }>>;
}

beforeAll(() => {
  const staged = join(root, "staged");
  mkdirSync(staged);
  mkdirSync(user);
  run(".", process.execPath, [
    "node_modules/typescript/bin/tsc",
    "-p",
    "tsconfig.build.json",
    "--outDir",
    join(staged, "dist"),
  ]);
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
  const bundled = Object.keys(packages).filter((name) => packages[name]?.inBundle === true);
  const { files } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly files: readonly string[] };
  for (const path of ["package.json", ...files.filter((file) => file !== "dist"), ...bundled])
    cpSync(path, join(staged, path), { recursive: true });
  run(staged, "npm", ["pack", "--ignore-scripts", "--silent"]);
  const packed = readdirSync(staged).find((name) => name.endsWith(".tgz")) as string;
  writeFileSync(join(user, "package.json"), '{ "private": true }\n');
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  run(user, "npm", ["install", ...quiet, join(staged, packed)]);
});

test("holds dist, rtl, templates, docs and examples, and no tests or sources", () => {
  const installed = join(user, "node_modules/spikec");
  for (const path of ["dist/cli/main.js", "dist/index.d.ts", "rtl", "templates", "LICENSE", "README.md"])
    expect(existsSync(join(installed, path)), path).toBe(true);
  const all = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
  expect(all.filter((name) => name.includes(".test."))).toEqual([]);
  expect(existsSync(join(installed, "src"))).toBe(false);
  for (const folder of ["rtl", "templates", "docs", "examples"])
    expect(filesOf(join(installed, folder))).toEqual(filesOf(folder));
});

test("holds whatever its README, its docs and its examples link", () => {
  const installed = join(user, "node_modules/spikec");
  const pages = ["README.md", "CHANGELOG.md", ...["docs", "examples"].flatMap(pagesIn)];
  const links = pages.flatMap((page) => {
    const text = readFileSync(join(installed, page), "utf8");
    return [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => join(dirname(page), target));
  });
  expect(links).toEqual(
    expect.arrayContaining(["docs/limits.md", "LICENSE", "examples/radioml-seed/fastest.yaml"]),
  );
  expect(links.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
});

test("onnx-proto finds the protobufjs that is tested here", () => {
  const versionOf = (path: string) => (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  const script =
    "console.log(require.resolve('protobufjs/package.json', { paths: [require.resolve('onnx-proto')] }))";
  const found = run(join(user, "node_modules/spikec"), process.execPath, ["-e", script]).trim();
  expect(versionOf(found)).toBe(versionOf("node_modules/protobufjs/package.json"));
});

test("the installed command runs", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(run(user, "npx", ["spikec", "--version"]).trim()).toBe(version);
});

test("the installed command compiles a checkpoint", () => {
  const checkpoint = resolve("../shared/data/radioml/small/post.qonnx.onnx");
  const printed = run(user, "npx", ["spikec", "compile", checkpoint, "-o", "build/post", "--json"]);
  expect(JSON.parse(printed)).toMatchObject({ ok: true, report: { output: "build/post" } });
  expect(readdirSync(join(user, "build/post"))).toEqual(
    expect.arrayContaining(["golden", "manifest.json", "rtl"]),
  );
});

test("the installed library can be imported", () => {
  const script =
    "import { version, parseConfig } from 'spikec'; console.log(version, parseConfig('pe: 1', 'x').ok)";
  expect(run(user, process.execPath, ["--input-type=module", "-e", script])).toMatch(
    /^\d+\.\d+\.\d+ false\n$/,
  );
});

describe("docs/library.md", () => {
  const page = readFileSync("docs/library.md", "utf8");
  const [, program, printed] = /```js\n(.*?)```.*?```\n(.*?)```/s.exec(page) ?? [];

  test("its program of ten lines prints what stands beside it", () => {
    writeFileSync(join(user, "program.mjs"), program as string);
    expect(run(user, process.execPath, ["program.mjs"])).toBe(printed);
  });

  test("the types of the package are those that it uses", () => {
    writeFileSync(join(user, "program.mts"), program as string);
    const options = "--noEmit --strict --module nodenext --target es2022 --skipLibCheck --types node".split(
      " ",
    );
    const types = ["--typeRoots", resolve("node_modules/@types")];
    run(user, process.execPath, [
      resolve("node_modules/typescript/bin/tsc"),
      ...options,
      ...types,
      "program.mts",
    ]);
  });
});

test("the package for Python has the version of the compiler, and the changelog begins with it", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
  expect(readFileSync("python/pyproject.toml", "utf8")).toContain(`version = "${version}"`);
  expect(/^## (\S+)$/m.exec(readFileSync("CHANGELOG.md", "utf8"))?.[1]).toBe(version);
});
