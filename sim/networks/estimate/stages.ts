import { expect } from "vitest";
import { compileSource } from "../../../src/artifact/source.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import type { Config } from "../../../src/config/schema.js";
import { ramb36Of } from "../../../src/cost/cost.js";
import { estimateDesign } from "../../../src/cost/design.js";
import { synthesise, withVerilog } from "../../../src/cost/synthesis.js";
import { measuredErrors } from "../../../src/cost/trust.js";
import { success } from "../../../src/diagnostics/diagnostic.js";
import { designNames, nameOf } from "../../../src/emit/names.js";
import { emitVerilog } from "../../../src/emit/verilog.js";

/** What a test changes of the default configuration. */
export interface Changes {
  readonly engine?: Config["engine"];
  readonly event?: Partial<Config["event"]>;
  readonly dense?: Partial<Config["dense"]>;
  readonly readout?: Partial<Config["readout"]>;
}

export const small = "../shared/data/radioml/small/post.qonnx.onnx";

/** An estimate within `share` of a measurement, or `few` off. */
export function close(what: string, estimated: number, measured: number, share: number, few: number): void {
  const off = Math.abs(estimated - measured);
  expect(
    off <= Math.max(few, share * measured),
    `${what}: ${estimated} estimated, ${measured} measured`,
  ).toBe(true);
}

/**
 * Synthesises stages of a checkpoint's design and holds the estimates to their stated error: memories and DSPs exact, LUTs
 * within 12 %, flip-flops within 4 %, LUT RAM (with shift registers) within 4 % or 8. No latch, no loop: `synthesise` fails.
 */
export async function checkStages(
  changes: Changes,
  names: readonly string[],
  checkpoint = small,
): Promise<void> {
  const config: Config = {
    ...defaultConfig,
    engine: "dense",
    ...(changes.engine === undefined ? {} : { engine: changes.engine }),
    event: { ...defaultConfig.event, ...changes.event },
    dense: { ...defaultConfig.dense, ...changes.dense },
    readout: { ...defaultConfig.readout, ...changes.readout },
  };
  const loaded = compileSource({ checkpoint, config });
  if (!loaded.ok) throw new Error(loaded.diagnostics.map((d) => d.text).join("\n"));
  const { design } = loaded.value.compiled;
  const files = emitVerilog(design, "a test");
  const modules = designNames(design);
  const checked = await withVerilog(files, async (folder) => {
    for (const { name, yosys } of estimateDesign(design).stages.filter((stage) =>
      names.includes(stage.name),
    )) {
      const found = await synthesise(folder, `${modules.core}_${nameOf(modules.stage, name)}`);
      if (!found.ok) throw new Error(found.diagnostics[0]?.text);
      const measured = found.value;
      expect([ramb36Of(yosys), yosys.uram, yosys.dsp]).toEqual([
        ramb36Of(measured),
        measured.uram,
        measured.dsp,
      ]);
      for (const key of ["lut", "ff", "lutram"] as const) {
        const { share, cells } = measuredErrors[key];
        close(`${name} ${key}`, yosys[key], measured[key], share, cells);
      }
    }
    return success(undefined);
  });
  expect(checked.ok).toBe(true);
}
