import { expect, test } from "vitest";
import { parseYaml, type YamlText } from "./yaml.js";

const text = `# a comment
layers:
  - {size: 3}
  - size: 4
    more: [1, 2]
other: x
`;

test("values, and the places of keys and list items, or of the nearest around them", () => {
  const yaml = parseYaml(text, "a.yaml") as YamlText;
  expect(yaml.tree).toEqual({ layers: [{ size: 3 }, { size: 4, more: [1, 2] }], other: "x" });
  const at = (...path: string[]) => {
    const { line, column } = yaml.locate(path);
    return [line, column];
  };
  expect(at()).toEqual([2, 1]);
  expect(at("layers")).toEqual([2, 1]);
  expect(at("layers", "0")).toEqual([3, 5]);
  expect(at("layers", "0", "size")).toEqual([3, 6]);
  expect(at("layers", "1", "more", "1")).toEqual([5, 15]);
  expect(at("layers", "1", "none")).toEqual([4, 5]);
  expect(at("layers", "7")).toEqual([2, 1]);
  expect(at("other", "deeper")).toEqual([6, 1]);
  expect((parseYaml("", "e.yaml") as YamlText).locate([])).toEqual({ file: "e.yaml" });
  expect(yaml.written(["layers", "1", "more", "1"])).toEqual({ file: "a.yaml", line: 5, column: 15 });
  for (const path of [
    ["layers", "1", "none"],
    ["layers", "7"],
    ["other", "deeper"],
  ])
    expect(yaml.written(path)).toBeUndefined();
  expect((parseYaml("a:\nb: { c: }", "e.yaml") as YamlText).written(["a"])).toBeUndefined();
});

test("a key twice in one mapping: where, and where it is first; all of them", () => {
  const repeated = (text: string) => (parseYaml(text, "a.yaml") as YamlText).repeated;
  expect(repeated("a: 1\nb: { c: 2, d: 3, c: 4 }\n'a': 5\na: 6")).toEqual([
    {
      reason: "Map keys must be unique, 'a' is there already",
      loc: { file: "a.yaml", line: 3, column: 1 },
      notes: [{ text: "the first 'a' is here", loc: { file: "a.yaml", line: 1, column: 1 } }],
    },
    expect.objectContaining({ loc: { file: "a.yaml", line: 4, column: 1 } }),
    expect.objectContaining({
      loc: { file: "a.yaml", line: 2, column: 18 },
      notes: [{ text: "the first 'c' is here", loc: { file: "a.yaml", line: 2, column: 6 } }],
    }),
  ]);
  expect(repeated("- { a: 1 }\n- { a: 1 }")).toEqual([]);
});

test("what is no YAML", () => {
  expect(parseYaml("a: [1\nb: 2", "a.yaml")).toMatchObject([{ loc: { file: "a.yaml", line: 2 } }]);
  const level = (i: number) => `${"bcdef"[i]}: &${"bcdef"[i]} [${`*${"abcde"[i]},`.repeat(9)}]\n`;
  const flood = `a: &a [x,x,x,x]\n${[0, 1, 2, 3, 4].map(level).join("")}`;
  expect(parseYaml(flood, "a.yaml")).toMatchObject([
    { reason: expect.stringMatching(/alias/), loc: { file: "a.yaml" } },
  ]);
});

test("a text that holds itself has no end; one that holds another twice has", () => {
  for (const [text, column] of [
    ["a: &a { b: *a }", 12],
    ["&a [1, [*a]]", 9],
    ["a: &a\n  - &b { c: *a, d: *b }", 13],
  ] as const)
    expect(parseYaml(text, "a.yaml")).toMatchObject([
      { reason: "'*a' stands within what it names: it has no end", loc: { file: "a.yaml", column } },
    ]);
  expect(parseYaml("a: &a [1]\nb: [*a, *a]", "a.yaml")).toMatchObject({ tree: { b: [[1], [1]] } });
  // The same anchor again is another node.
  expect(parseYaml("a: &a [1, &a 2, *a]\nb: [*a]", "a.yaml")).toMatchObject({
    tree: { a: [1, 2, 2], b: [2] },
  });
});

test("a text of a million keys, and one of a thousand mistakes", () => {
  const long = parseYaml("a: 1\n".repeat(200_000), "a.yaml");
  expect(long).toEqual([
    { reason: "it has 1000000 letters, at most 524288 are read", loc: { file: "a.yaml" } },
  ]);
  expect(parseYaml("a: 1\n".repeat(1000), "a.yaml")).toHaveProperty("repeated.length", 100);
});

test("a text that is nested so deep that its parser would overflow", () => {
  for (const text of ["[".repeat(501), `a:\n  ${"- ".repeat(501)}x`, `${"{a: [".repeat(300)}1`])
    expect(parseYaml(text, "a.yaml")).toEqual([
      { reason: "it is nested more than 500 levels deep", loc: { file: "a.yaml" } },
    ]);
  expect(parseYaml(`${"[".repeat(400)}1${"]".repeat(400)}`, "a.yaml")).toHaveProperty("tree");
});
