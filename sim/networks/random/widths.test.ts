import { expect, test } from "vitest";
import { defaultConfig, settleBurnIn } from "../../../src/config/defaults.js";
import { renderDiagnostic } from "../../../src/diagnostics/render.js";
import { runPipeline } from "../../../src/pipeline.js";
import { dropQuantisers, randomModel } from "../../../src/testing/random-model.js";

const widths = { weightBits: [2, 6, 12], stateBits: [4, 20, 32], coefficientBits: [2, 17] };

test("float networks compile with any width, or it is said which width can't be", () => {
  const codes = new Map<string, number>();
  let seed = 0;
  for (const weightBits of widths.weightBits)
    for (const stateBits of widths.stateBits)
      for (const coefficientBits of widths.coefficientBits) {
        const config = settleBurnIn({ ...defaultConfig, weightBits, stateBits, coefficientBits }, undefined);
        const model = dropQuantisers(randomModel(seed++ % 12));
        const result = runPipeline(model, { config, calibration: undefined });
        const errors = result.diagnostics.filter((d) => d.severity === "error");
        expect(errors.length > 0, errors.map(renderDiagnostic).join("\n")).toBe(!result.ok);
        for (const { code } of result.ok ? [] : errors) codes.set(code, (codes.get(code) ?? 0) + 1);
      }
  expect([...codes.keys()].sort()).toEqual(["coefficient-too-narrow"]);
});
