// Compares what two revisions emit for the four examples, file by file: node sim/house/same-builds.mjs REVISION
//
// The working tree is compiled and compared with REVISION, in folders of its own. Three things may differ: lines of
// headers that name a bench or a golden function (where these stand is no part of the design), the version of spikec,
// and in manifest.json the hashes of files whose text differs in such lines alone. Exits with 1 where anything else
// differs.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";

const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });

const [revision] = process.argv.slice(2);
if (revision === undefined) {
  console.error("usage: node sim/house/same-builds.mjs REVISION");
  process.exit(2);
}
run("git", ["rev-parse", "--verify", "--quiet", `${revision}^{commit}`], process.cwd());

const examples = ["small", "seed"].flatMap((size) => ["pre", "post"].map((form) => ({ size, form })));
const folder = mkdtempSync(join(tmpdir(), "spikec-same-"));
const here = process.cwd();
const before = join(folder, "before");

/** Builds the compiler that stands at `root` into `root`/dist, then compiles the examples of this tree into `output`. */
function build(root, output) {
  run(join(here, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json"], root);
  for (const { size, form } of examples) {
    const example = resolve(`examples/radioml-${size}`);
    const settings = ["--config", join(example, "spikec.yaml"), "-o", join(output, `${size}-${form}`)];
    run(process.execPath, [
      join(root, "dist/cli/main.js"),
      "compile",
      join(example, `${form}.qonnx.onnx`),
      ...settings,
    ]);
  }
}

const filesBelow = (root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();

const text = (path) => readFileSync(path, "latin1");

/** A file without the lines of its header that name a bench or a golden function, and without spikec's version. */
const withoutPlaces = (content) =>
  content.replace(/^\/\/ .*\b(Golden|Bench) *: .*$/gm, "").replace(/\bspikec \d+\.\d+\.\d+\b/g, "spikec");

/** A manifest without the version and the hashes of `moved`: files whose headers name other places. */
const withoutHashes = (content, moved) =>
  content
    .split("\n")
    .filter((line) => !line.startsWith('  "version": ') && !moved.some((file) => line.includes(`"${file}"`)))
    .join("\n");

/** How the files of one example differ: an empty list for files that are the same but for these. */
function differences(old, young) {
  const [oldFiles, youngFiles] = [filesBelow(old), filesBelow(young)];
  const both = youngFiles.filter((file) => oldFiles.includes(file));
  const alone = [...oldFiles, ...youngFiles]
    .filter((file) => !both.includes(file))
    .map((file) => `${file}: in one alone`);
  const moved = both.filter((file) => text(join(old, file)) !== text(join(young, file)));
  const changed = moved.filter((file) => {
    const plain = file === "manifest.json" ? (content) => withoutHashes(content, moved) : withoutPlaces;
    return plain(text(join(old, file))) !== plain(text(join(young, file)));
  });
  return { files: youngFiles.length, moved, wrong: [...alone, ...changed.map((file) => `${file}: differs`)] };
}

try {
  run("git", ["worktree", "add", "--detach", before, revision], here);
  symlinkSync(join(here, "node_modules"), join(before, "node_modules"));
  build(before, join(folder, "old"));
  build(here, join(folder, "young"));
  for (const { size, form } of examples) {
    const name = `${size}-${form}`;
    const { files, moved, wrong } = differences(join(folder, "old", name), join(folder, "young", name));
    console.log(
      `${name}: ${files} files, ${moved.length} with other places or hashes, ${wrong.length} differ`,
    );
    for (const line of wrong) console.log(`  ${line}`);
    if (wrong.length > 0) process.exitCode = 1;
  }
} finally {
  run("git", ["worktree", "remove", "--force", before], here);
  rmSync(folder, { recursive: true, force: true });
}
