import { expect, test } from "vitest";
import { renderDiagnostic } from "../../diagnostics/render.js";
import { parseCalibration } from "./calibration.js";

const refusals = (text: string): readonly string[] => {
  const result = parseCalibration(text, "c.json");
  expect(result.ok).toBe(false);
  return result.diagnostics.map(renderDiagnostic);
};
const hint =
  '\n  hint: a calibration is {"version": 1, "states": {"layer1.eps0": {"min": 0, "max": 12.5}}, "clips": {"layer1": 0.99}}';
const wrong = (place: string, text: string) => `error[calibration-value] c.json${place}: ${text}${hint}`;

test("ranges by state, each with 0 in it, and where they stand", () => {
  const text =
    '{"version": 1,\n "states": {\n\t"a.u": {"min": -1.5, "max": 3}, "a.v": {"max": 8, "min": 2} } }';
  const result = parseCalibration(text, "c.json");
  expect(result.ok && [...result.value.states]).toEqual([
    ["a.u", { min: -1.5, max: 3, loc: { file: "c.json", line: 3, column: 2 } }],
    ["a.v", { min: 0, max: 8, loc: { file: "c.json", line: 3, column: 34 } }],
  ]);
  expect(parseCalibration('{"version": 1, "states": {}}', "c.json")).toMatchObject({
    ok: true,
    value: { states: new Map(), clips: new Map(), bits: undefined, measured: undefined },
  });
});

test("clips by layer, one or one a channel; the widths they are for; what was measured", () => {
  const text = `{"version": 1, "states": {},
    "clips": { "a": 0.99, "b": [1, 0.5] },
    "bits": { "weightBits": 6, "stateBits": 20, "coefficientBits": 17 }, "measured": { "ticks": 3 }}`;
  const result = parseCalibration(text, "c.json");
  expect(result.ok && result.value).toMatchObject({
    bits: { weightBits: 6, stateBits: 20, coefficientBits: 17 },
    measured: { ticks: 3 },
  });
  expect(result.ok && [...result.value.clips]).toEqual([
    ["a", { quantiles: [0.99], loc: { file: "c.json", line: 2, column: 16 } }],
    ["b", { quantiles: [1, 0.5], loc: { file: "c.json", line: 2, column: 27 } }],
  ]);
});

test.each([
  ["[]", "", "the file: expected an object"],
  ['{"states": {}}', "", "version: expected 1"],
  ['{"version": 2,\n "states": {}}', ":1:2", "version: expected 1"],
  ['{"version": 1}', "", "states: expected an object"],
  [
    '{"version": 1, "stats": {}}',
    ":1:16",
    "stats: unknown key; known: version, states, clips, bits, measured, sha256",
  ],
  ['{"version": 1, "states": {"u": 3}}', ":1:27", "states.u: expected an object"],
  [
    '{"version": 1, "states": {"u": {"min": -1e9, "max": 1e308}}}',
    ":1:46",
    "states.u.max: max: 1e+308 is no state's: expected 0, or a magnitude from 2^-120 to 2^120",
  ],
  [
    '{"version": 1, "states": {"u": {"min": -5e-324, "max": 0}}}',
    ":1:33",
    "states.u.min: min: -5e-324 is no state's: expected 0, or a magnitude from 2^-120 to 2^120",
  ],
  ['{"version": 1, "states": {"u": {"min": 0}}}', ":1:27", "states.u: max: expected a finite number"],
  [
    '{"version": 1, "states": {"u": {"min": 0,\n"max": 1e999}}}',
    ":2:1",
    "states.u.max: max: expected a finite number",
  ],
  [
    '{"version": 1, "states": {"u": {"min": 0, "max": 1, "mean": 0}}}',
    ":1:53",
    "states.u.mean: unknown key; known: min, max",
  ],
  ['{"version": 1, "states": {"u": {"min": 2, "max": 1}}}', ":1:27", "states.u: min 2 is above max 1"],
  ['{"version": 1, "states": {}, "clips": []}', ":1:30", "clips: expected an object"],
  ...["0", "1.5", '"all"', "[]", "[0.5, null]"].map((clip): [string, string, string] => [
    `{"version": 1, "states": {}, "clips": {"l": ${clip}}}`,
    ":1:40",
    "clips.l: expected a number above 0, at most 1, or a list of such",
  ]),
  [
    '{"version": 1, "states": {}, "bits": {"weightBits": 6, "stateBits": 20}}',
    ":1:30",
    "bits: coefficientBits: expected a finite number",
  ],
])("calibration-value: %s", (text, place, problem) => {
  expect(refusals(text)).toEqual([wrong(place, problem)]);
});

test("calibration-syntax, at its line and column where JSON.parse says it", () => {
  const result = parseCalibration('{"version": 1,\n  oops}', "c.json");
  expect(result.diagnostics).toMatchObject([
    { code: "calibration-syntax", loc: { file: "c.json", line: 2, column: 3 } },
  ]);
  expect(refusals('{"version": 1,\n  oops}')[0]).toMatch(
    /^error\[calibration-syntax\] c\.json:2:3: not valid JSON: .*\n {2}hint: a calibration is /,
  );
  expect(refusals('{"version": 1')[0]).toMatch(
    /^error\[calibration-syntax\] c\.json(:1:14)?: not valid JSON: /,
  );
});
