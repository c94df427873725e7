import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { withEnvironment } from "../testing/environment.js";
import { cachedBench, cacheFolder, prune } from "./bench-cache.js";

const root = mkdtempSync(join(tmpdir(), "spikec-cache-"));
afterAll(() => rmSync(root, { recursive: true }));
const source = "a".repeat(64);

/** A cache of its own, and a builder that counts. */
function fresh() {
  const base = mkdtempSync(join(root, "c-"));
  const counted = { builds: 0 };
  const bench = (content = "program", of = source): Promise<Result<string>> =>
    withEnvironment({ SPIKEC_CACHE: base }, () =>
      cachedBench("icarus", of, async (folder) => {
        counted.builds++;
        writeFileSync(join(folder, "bench"), content);
        writeFileSync(join(folder, "leftover.o"), content);
        return success(undefined);
      }),
    );
  return { base, cache: join(base, "benches"), counted, bench };
}
const pathOf = (result: Result<string>): string => {
  if (!result.ok) throw new Error(result.diagnostics[0]?.text);
  return result.value;
};

test("a bench is built once, and kept alone with its hashes", async () => {
  const { cache, counted, bench } = fresh();
  const path = pathOf(await bench());
  expect(pathOf(await bench())).toBe(path);
  expect(counted.builds).toBe(1);
  expect(readdirSync(cache)).toEqual([`icarus-${source.slice(0, 24)}`]);
  expect(readdirSync(dirname(path)).sort()).toEqual(["bench", "bench.sha256"]);
  expect(readFileSync(join(dirname(path), "bench.sha256"), "utf8")).toMatch(
    new RegExp(`^[0-9a-f]{64} ${source}\n$`),
  );
});

test.each<readonly [string, (folder: string) => void]>([
  ["an executable with another byte", (folder) => writeFileSync(join(folder, "bench"), "programs")],
  ["an executable that is cut off", (folder) => writeFileSync(join(folder, "bench"), "")],
  ["no executable", (folder) => rmSync(join(folder, "bench"))],
  [
    "a folder in the place of the executable",
    (folder) => {
      rmSync(join(folder, "bench"));
      mkdirSync(join(folder, "bench"));
    },
  ],
  ["no hashes: a build that was cut off", (folder) => rmSync(join(folder, "bench.sha256"))],
  [
    "hashes of other sources",
    (folder) => {
      const mark = join(folder, "bench.sha256");
      writeFileSync(mark, readFileSync(mark, "utf8").replace(source, "b".repeat(64)));
    },
  ],
])("built again: %s", async (_, spoil) => {
  const { cache, counted, bench } = fresh();
  const path = pathOf(await bench());
  spoil(dirname(path));
  expect(pathOf(await bench())).toBe(path);
  expect(counted.builds).toBe(2);
  expect(readFileSync(path, "utf8")).toBe("program");
  await bench();
  expect(counted.builds).toBe(2);
  expect(readdirSync(cache)).toHaveLength(1);
});

test("a build that fails leaves nothing", async () => {
  const { base, cache } = fresh();
  const failed = await withEnvironment({ SPIKEC_CACHE: base }, () =>
    cachedBench("icarus", source, async (folder) => {
      writeFileSync(join(folder, "half"), "");
      return failure(diagnostic("tool-missing", {}, { tool: "iverilog" }));
    }),
  );
  expect(failed.diagnostics).toMatchObject([{ code: "tool-missing" }]);
  expect(readdirSync(cache)).toEqual([]);
});

test("two that build the same bench at once both have it", async () => {
  const { cache, counted, bench } = fresh();
  const paths = await Promise.all([bench(), bench(), bench()]);
  expect(new Set(paths.map(pathOf)).size).toBe(1);
  expect(counted.builds).toBe(3);
  expect(readFileSync(pathOf(paths[0] as Result<string>), "utf8")).toBe("program");
  expect(readdirSync(cache)).toHaveLength(1);
});

test("benches that nobody used go: after 30 days, or the oldest where room is short; the ones of this hour stay", () => {
  const cache = mkdtempSync(join(root, "p-"));
  const day = 86_400_000;
  const now = Date.now();
  const put = (letter: string, ageDays: number): string => {
    const name = `verilator-${letter.repeat(24)}`;
    mkdirSync(join(cache, name));
    writeFileSync(join(cache, name, "bench"), "x".repeat(1000));
    writeFileSync(join(cache, name, "bench.sha256"), "");
    const then = new Date(now - ageDays * day);
    utimesSync(join(cache, name, "bench.sha256"), then, then);
    return name;
  };
  const [today, recent, older, ancient] = [put("a", 0), put("b", 2), put("c", 3), put("d", 31)];
  mkdirSync(join(cache, "work-999999999-abc"));
  mkdirSync(join(cache, `work-${process.pid}-abc`));
  writeFileSync(join(cache, "mine.txt"), "somebody's");
  prune(cache, now);
  const rest = ["mine.txt", `work-${process.pid}-abc`];
  expect(readdirSync(cache)).toEqual([...rest.slice(0, 1), today, recent, older, ...rest.slice(1)]);
  expect(existsSync(join(cache, ancient))).toBe(false);
  prune(cache, now, 2500);
  expect(readdirSync(cache)).toEqual([...rest.slice(0, 1), today, recent, ...rest.slice(1)]);
  prune(cache, now, 500);
  expect(readdirSync(cache)).toEqual([...rest.slice(0, 1), today, ...rest.slice(1)]);
});

test("cache-unusable: benches are then built in a temporary folder, of which a process warns once", async () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  const ask = () =>
    withEnvironment({ SPIKEC_CACHE: file }, () =>
      cachedBench("icarus", source, async (folder) => {
        writeFileSync(join(folder, "bench"), "program");
        chmodSync(join(folder, "bench"), 0o755);
        return success(undefined);
      }),
    );
  const first = await ask();
  expect(first.diagnostics.map(({ code, text }) => [code, text])).toEqual([
    ["cache-unusable", `the cache of benches in ${file}/benches can't be used: a part of the path is a file`],
  ]);
  expect(readFileSync(pathOf(first), "utf8")).toBe("program");
  expect(pathOf(first)).toContain("spikec-benches-");
  const second = await ask();
  expect([second.diagnostics, pathOf(second)]).toEqual([[], pathOf(first)]);
});

test("the cache is where the environment says; an empty variable says nothing", () => {
  const at = (variables: Readonly<Record<string, string | undefined>>) =>
    withEnvironment({ SPIKEC_CACHE: undefined, XDG_CACHE_HOME: undefined, ...variables }, cacheFolder);
  expect(at({ SPIKEC_CACHE: "/a" })).toBe("/a/benches");
  expect(at({ SPIKEC_CACHE: "", XDG_CACHE_HOME: "/b" })).toBe("/b/spikec/benches");
  expect(at({ HOME: "/h" })).toBe("/h/.cache/spikec/benches");
  expect(at({ SPIKEC_CACHE: "here" })).toBe(join(process.cwd(), "here/benches"));
});
