import { expect, test } from "vitest";
import { firstError } from "./first-error.js";

test("Verilator: the error with its place, none of the warnings before it, nothing behind it", () => {
  const output = `%Warning-WIDTH: rtl/a.v:3:1: Operator ASSIGN expects 8 bits
%Error: rtl/x.v:12:5: syntax error, unexpected assign
   12 |     assign
      |     ^~~~~~
%Error: Exiting due to 1 error(s)
`;
  expect(firstError(output)).toBe(
    "%Error: rtl/x.v:12:5: syntax error, unexpected assign\n   12 |     assign\n      |     ^~~~~~",
  );
});

test("Icarus, g++ and make", () => {
  expect(firstError("rtl/x.v:1: syntax error\nI give up.\n")).toBe("rtl/x.v:1: syntax error");
  expect(firstError("rtl/x.v:9: error: Unknown module type: fx_ad\n2 error(s) during elaboration.\n")).toBe(
    "rtl/x.v:9: error: Unknown module type: fx_ad",
  );
  expect(
    firstError("g++ -c main.cpp\nmain.cpp:3:1: error: 'x' does not name a type\nmake: *** [a] Error 1"),
  ).toBe("main.cpp:3:1: error: 'x' does not name a type");
  expect(firstError("cc\nmake: *** No rule to make target 'x'.  Stop.")).toContain("No rule");
});

test("where no line says so, the last ones", () => {
  expect(firstError("one\ntwo\nthree\nSegmentation fault\n")).toBe("two\nthree\nSegmentation fault");
});
