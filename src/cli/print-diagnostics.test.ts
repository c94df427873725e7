import { describe, expect, test } from "vitest";
import { type Diagnostic, diagnostic, success } from "../diagnostics/diagnostic.js";
import { printDiagnostics } from "./print-diagnostics.js";
import { compileReport, json, spikec } from "./testing/spikec.js";

function printed(...diagnostics: readonly Diagnostic[]): string {
  let text = "";
  const err = (more: string) => {
    text += more;
  };
  const io = { out() {}, err, terminal: undefined, colour: false, now: () => 0 };
  printDiagnostics(io, { json: false, quiet: false, color: true }, diagnostics);
  return text;
}

const state = (name: string, bits: number, unit: string, file = "net.pkl") =>
  diagnostic("state-format-worst-case", { file, name }, { state: name, bits, unit, min: "0", max: "8.6" });
const unread = diagnostic("dcll-unread-parameter", { file: "net.pkl", name: "x" }, { code: "dcll" });

describe("diagnostics of one kind are one table", () => {
  test("one head with what they share, a row a place with what differs; others where they stand", () => {
    expect(
      printed(state("layer1.eps0", 24, "2^-19"), unread, state("layer2.u", 1024, "2^-7")),
    ).toMatchInlineSnapshot(`
      "note[state-format-worst-case] net.pkl: state '<state>' gets <bits> bits in units of <unit>: worst-case range 0 to 8.6
        place          state         bits  unit
        -------------  -----------  -----  -----
        'layer1.eps0'  layer1.eps0     24  2^-19
        'layer2.u'     layer2.u     1,024  2^-7
        hint: give --calibration: ranges of real data leave more fraction bits
      error[dcll-unread-parameter] net.pkl: 'x': no parameter of dcll layers or readouts: the network is another one than would be compiled
        hint: save the parameters of these layers alone, or export the network to QONNX
      "
    `);
  });

  test("one alone, and one of another file, print as they are", () => {
    const text = printed(state("a", 24, "2^-1"), state("b", 24, "2^-1", "other.pkl"));
    expect(text.match(/^\w+\[/gm)).toHaveLength(2);
    expect(text).toContain(
      "net.pkl: 'a': state 'a' gets 24 bits in units of 2^-1: worst-case range 0 to 8.6\n",
    );
  });

  test("hints and notes that differ stand with their rows; a text of holes alone is left out", () => {
    const key = (name: string, line: number, hint: string) =>
      diagnostic("config-unknown-key", { file: "s.yaml", line, column: 1 }, { key: name }, { hint });
    const value = (name: string, line: number) =>
      diagnostic(
        "config-value",
        { file: "s.yaml", line, column: 1 },
        { key: name, problem: "expected a path" },
        { notes: [{ text: "see here", loc: { file: "s.yaml", line: line + 1, column: 3 } }] },
      );
    expect(
      printed(
        key("a", 1, "did you mean 'b'?"),
        value("x", 1),
        key("c", 2, "did you mean 'd'?"),
        value("y", 5),
      ),
    ).toMatchInlineSnapshot(`
      "error[config-unknown-key] s.yaml: unknown key '<key>'
        place  key  hint
        -----  ---  -----------------
        1:1    a    did you mean 'b'?
        2:1    c    did you mean 'd'?
      error[config-value] s.yaml: <key>: expected a path
        place  key
        -----  ---
        1:1    x
          note: 2:3: see here
        5:1    y
          note: 6:3: see here
      "
    `);
  });

  test("what is said twice in the same words is printed once; what tools printed stays apart", () => {
    expect(printed(unread, unread)).toBe(printed(unread));
    const failed = (output: string) =>
      diagnostic("synthesis-failed", {}, { module: "core", output: `${output}\nmore` });
    const text = printed(failed("a"), failed("b"));
    expect(text).toBe(
      "error[synthesis-failed]: yosys failed on core:\n  a\n  more\nerror[synthesis-failed]: yosys failed on core:\n  b\n  more\n",
    );
  });

  test("--json keeps each apart, with what fills its holes", async () => {
    const said = [state("a", 24, "2^-1"), state("b", 24, "2^-2")];
    const ended = await spikec(["compile", "x", "--json"], {
      compile: async () => success(compileReport, said),
    });
    expect(json(ended.out).diagnostics).toEqual(said);
    expect(said[1]?.args).toEqual({ state: "b", bits: 24, unit: "2^-2", min: "0", max: "8.6" });
  });
});

test("names, files and values never reach the terminal raw: not in messages, tables, reports, bugs, JSON", async () => {
  const evil = "a\x1b[31m\x9b\u202e\nerror[x]: forged";
  const one = diagnostic(
    "file-not-found",
    { file: evil, name: evil },
    { path: evil },
    {
      hint: evil,
      notes: [{ text: evil, loc: { file: evil } }],
    },
  );
  const two = diagnostic("file-not-found", { file: evil, name: "b" }, { path: evil });
  const named = { ...compileReport, name: evil, output: evil };
  const compile = async () => success(named, [one, two]);
  const broken = async () => {
    throw new Error(evil);
  };
  const all = await Promise.all([
    spikec(["compile", evil], { compile }),
    spikec(["compile", evil, "--json"], { compile }),
    spikec(["compile", evil], { compile: broken }),
    spikec([evil]),
  ]);
  const text = all.map(({ out, err }) => out + err).join("") + printed(one) + printed(two);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  const [, document] = all;
  expect(document && (json(document.out).report as typeof named).name).toBe(evil);
  expect(`${printed(one)}${printed(two)}`).not.toMatch(/^error\[x\]/m);
});
