// Prints the figures of the house: node sim/house/figures.mjs [--json]
//
// docs/map.md says which rooms src/ has, from the top down, and which RTL blocks decide something; the rest is counted
// in the files. A figure that misses its goal ends the program with 1. Without --json the unit tests are run and timed, and
// the time of the last `make test` is read (build/test-report.json).
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { parseAst } from "rolldown/parseAst";

const text = (path) => readFileSync(path, "utf8");
const below = (root) =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => `${root}/${path}`)
    .sort();
const isTest = (path) => path.includes(".test.") || path.includes("/testing/");
const linesOf = (content) => content.trimEnd().split("\n").length;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

/** Rows of the table below a heading of docs/map.md, each a list of cells. */
function tableOf(heading) {
  const [, section] = text("docs/map.md").split(`\n${heading}\n`);
  if (section === undefined) throw new Error(`docs/map.md has no '${heading}'`);
  const rows = section
    .split(/\n##? /)[0]
    .split("\n")
    .filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

const quoted = (cell) => /`([^`]+)`/.exec(cell)?.[1] ?? cell;

/** A source file of the compiler, without its tests: its path, its text, and its syntax tree. */
const sources = below("src")
  .filter((path) => path.endsWith(".ts") && !isTest(path))
  .map((path) => ({ path, content: text(path), tree: parseAst(text(path), { lang: "ts" }) }));

/** Paths that a file imports or exports from, of this repository. */
const importsOf = ({ path, tree }) =>
  tree.body
    .map((node) => node.source?.value)
    .filter((name) => name?.startsWith("."))
    .map((name) => posix.join(dirname(path), name).replace(/\.js$/, ".ts"));

const roomOf = (path) => path.split("/")[1];

/** Imports from a room into one that stands above it in docs/map.md, and rooms that are not in its list. */
function upwardImports(rooms) {
  const place = new Map(rooms.map((room, index) => [room, index]));
  const missing = [...new Set(sources.map(({ path }) => roomOf(path)))].filter((room) => !place.has(room));
  const upward = sources.flatMap((file) =>
    importsOf(file)
      .filter((target) => place.get(roomOf(target)) < place.get(roomOf(file.path)))
      .map((target) => `${file.path} -> ${target}`),
  );
  return [...missing.map((room) => `${room} is not in docs/map.md`), ...upward];
}

/** Circles of imports between files, each as the files on it. */
function circles() {
  const imports = new Map(sources.map((file) => [file.path, importsOf(file)]));
  const found = [];
  const done = new Set();
  const visit = (path, way) => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(" -> "));
    if (done.has(path) || way.includes(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

/** Functions of some files with their lines, longest first. */
function functionsOf(files) {
  const found = [];
  for (const { path, content, tree } of files) {
    const lineAt = (offset) => content.slice(0, offset).split("\n").length;
    const visit = (node, name) => {
      if (node === null || typeof node !== "object") return;
      if (Array.isArray(node)) {
        for (const child of node) visit(child, name);
        return;
      }
      const own = node.id?.name ?? node.key?.name ?? name;
      if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type))
        found.push({ at: `${path}: ${own}`, lines: lineAt(node.end) - lineAt(node.start) + 1 });
      for (const [key, child] of Object.entries(node)) if (key !== "parent") visit(child, own);
    };
    visit(tree.body, "");
  }
  return found.sort((a, b) => b.lines - a.lines);
}

/** Exported names of src/ without a sentence before them. Names that are passed on keep the one they have. */
function exportsWithoutDoc() {
  return sources.flatMap(({ path, content, tree }) =>
    tree.body
      .filter((node) => /^Export(Named|Default)Declaration$/.test(node.type) && node.declaration)
      .filter(({ start }) => !content.slice(0, start).trimEnd().endsWith("*/"))
      .map(({ declaration }) => `${path}: ${declaration.id?.name ?? declaration.declarations?.[0].id.name}`),
  );
}

/** Strings in views that are Verilog expressions: operators, concatenations, sized numbers, ranges. */
function verilogInViews() {
  // An operator, a concatenation, a sized number or a selection; what a string has filled in stands as `_`.
  const looks = /&&|\|\||\d'[bdhsBDHS]|[{}]|\w\[.*\]| [?+<>|&^] /;
  return below("src/emit/views")
    .filter((path) => path.endsWith(".ts") && !isTest(path) && !path.includes("golden"))
    .flatMap((path) => {
      const found = [];
      const content = text(path);
      const visit = (node) => {
        if (node === null || typeof node !== "object") return;
        const literal = node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
        const inside = literal ?? node.quasis?.map(({ value }) => value.raw).join("_");
        if (inside !== undefined && looks.test(inside))
          found.push(`${path}: ${content.slice(node.start, node.end)}`);
        for (const [key, child] of Object.entries(node)) if (key !== "parent") visit(child);
      };
      for (const node of parseAst(content, { lang: "ts" }).body)
        if (node.type !== "ImportDeclaration") visit(node);
      return found;
    });
}

const templates = below("templates").filter((path) => path.endsWith(".hbs"));

/** Templates in which another language is chosen by a flag, rather than one for all that they render. */
const inTwoLanguages = templates.filter((path) =>
  /\{\{#(if|unless) (types|typescript|javascript)/.test(text(path)),
);

/** Whether an RTL block has properties that a test proves. */
function isProved(block) {
  const files = below("sim/blocks");
  // A proof that surrounds the block stands beside its bench.
  if (files.some((path) => path.endsWith(`/${block}_proof.v`))) return true;
  const within = text(`rtl/${block}.v`).includes("`ifdef FORMAL");
  const called = files.some(
    (path) =>
      path.endsWith(".ts") &&
      /\bprove\(|: Proof\b/.test(text(path)) &&
      text(path).includes(`module: "${block}"`),
  );
  return within && called;
}

/** Seconds that the unit tests take, all of them; they must pass. */
function unitSeconds() {
  const begin = performance.now();
  execFileSync("node_modules/.bin/vitest", ["run", "--project", "unit", "--reporter=dot"], {
    stdio: "ignore",
  });
  return (performance.now() - begin) / 1000;
}

/** Minutes of the last `make test` from the first test to the last, by what vitest wrote; undefined where there was none. */
function testMinutes() {
  const path = "build/test-report.json";
  if (!existsSync(path)) return undefined;
  const { startTime, testResults } = JSON.parse(text(path));
  return (Math.max(...testResults.map(({ endTime }) => endTime)) - startTime) / 60_000;
}

const rooms = tableOf("## The rooms").map(([room]) => quoted(room).replace(/\/$/, ""));
const deciding = tableOf("## Blocks that decide something").map(([block]) => quoted(block));
const unproved = deciding.filter((block) => !block.startsWith("fx_") && !isProved(block));
const passes = sources.filter(({ path }) => path.startsWith("src/passes/"));
const passLines = passes.map(({ content }) => linesOf(content));
const functions = functionsOf(sources);
const beside = sources.filter(({ path }) => path.split("/").length === 2).map(({ path }) => path);
const longTemplates = templates.filter((path) => linesOf(text(path)) > 320);
const upward = upwardImports(rooms);
const round = circles();
const undocumented = exportsWithoutDoc();
const expressions = verilogInViews();
const proved = Math.round((100 * (deciding.length - unproved.length)) / deciding.length);

/** A row: what, its value, its goal, whether it holds, and what stands against it. */
const row = (what, value, goal, holds, against = []) => ({ what, value, goal, holds, against });
const none = (what, list) => row(what, list.length, "0", list.length === 0, list);
const rows = [
  row("files beside folders in `src/`", beside.length, "2", beside.length === 2, beside),
  none("imports that run upward", upward),
  none("circles of imports", round),
  row("a file in `src/passes`, lines: median", median(passLines), "<= 100", median(passLines) <= 100),
  row(
    "a file in `src/passes`, lines: most",
    Math.max(...passLines),
    "<= 200",
    Math.max(...passLines) <= 200,
    passes.filter(({ content }) => linesOf(content) > 200).map(({ path }) => path),
  ),
  row(
    "a function, lines: most",
    functions[0].lines,
    "<= 120",
    functions[0].lines <= 120,
    functions.filter(({ lines }) => lines > 120).map(({ at, lines }) => `${at} ${lines}`),
  ),
  none("templates over 320 lines", longTemplates),
  none("templates in two languages", inTwoLanguages),
  none("Verilog expressions as strings in views", expressions),
  row(
    "RTL blocks that decide something: proved",
    `${deciding.length - unproved.length} of ${deciding.length}`,
    ">= 80 %",
    proved >= 80,
    unproved,
  ),
  none("exports without a doc sentence", undocumented),
];
/** What depends on the machine and what else it does: two idle cores are meant. */
function measured() {
  const [unit, all] = [unitSeconds(), testMinutes()];
  const minutes = all === undefined ? "not run" : all.toFixed(1);
  return [
    row("unit tests, seconds", unit.toFixed(1), "<= 10", unit <= 10),
    row("`make test`, minutes", minutes, "<= 11", all === undefined || all <= 11),
  ];
}

if (process.argv.includes("--json")) console.log(JSON.stringify(rows, undefined, 2));
else {
  console.log("| | is | goal |\n|---|---|---|");
  for (const { what, value, goal } of [...rows, ...measured()])
    console.log(`| ${what} | ${value} | ${goal} |`);
  for (const { what, against, holds } of rows)
    if (!holds) console.log(`\n${what}:${["", ...against].join("\n  ")}`);
}
if (rows.some(({ holds }) => !holds)) process.exitCode = 1;
