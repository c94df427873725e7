import { defaultConfig } from "../../../src/config/defaults.js";
import { emitGolden } from "../../../src/emit/golden.js";
import { emitVerilog } from "../../../src/emit/verilog.js";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { madeUpInput, measureEffect } from "../../../src/measure/effect.js";
import { checkListed, isExactInDoubles } from "../../../src/measure/unlisted.js";
import { runPipeline } from "../../../src/pipeline.js";
import { drivenRun, shareOf } from "../../../src/testing/driven.js";

const extremes = [
  1e308,
  -1e308,
  5e-324,
  -5e-324,
  1e154,
  2 ** 60,
  2 ** -60,
  0,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];

/** Fields of a model that hold real numbers of the checkpoint. */
const constants = new Set(["value", "by", "low", "high", "scale", "bias", "values"]);

type Path = readonly (string | number)[];

/** Every place of a constant: the first and the last of a list. */
function placesOf(x: unknown, path: Path = []): readonly Path[] {
  if (typeof x !== "object" || x === null) return [];
  return Object.entries(x).flatMap(([key, child]): readonly Path[] => {
    const at = [...path, key];
    if (!constants.has(key)) return placesOf(child, at);
    if (typeof child === "number") return [at];
    const length = (child as ArrayLike<number>).length;
    return length === 1
      ? [[...at, 0]]
      : [
          [...at, 0],
          [...at, length - 1],
        ];
  });
}

function withNumber(model: SpikingModel, path: Path, x: number): SpikingModel {
  const copy = structuredClone(model);
  let at = copy as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[path.at(-1) ?? ""] = x;
  return copy;
}

/** All that `compile` does with a network but writing files; undefined for one that is refused. */
function compiled(model: SpikingModel): readonly number[] | undefined {
  const result = runPipeline(model, { config: defaultConfig, calibration: undefined });
  if (!result.ok) return undefined;
  const { trained, fixed, design, choices } = result.value;
  checkListed(fixed, measureEffect(trained, fixed, madeUpInput(fixed, 2)), choices.length > 0);
  emitVerilog(design, "");
  emitGolden(fixed, { burnIn: 0 }, "");
  // Doubles are no oracle of what they round.
  if (!fixed.layers.every(isExactInDoubles)) return [];
  return drivenRun(result.value, 1, 3).map(shareOf);
}

/** A model with each extreme number in each place of a constant: what ended the compiler, or came out wrong. */
export function tryConstants(model: SpikingModel) {
  const wrong: string[] = [];
  let [tried, taken] = [0, 0];
  for (const path of placesOf(model))
    for (const x of extremes) {
      tried += 1;
      const what = `${path.join(".")} = ${x}`;
      try {
        const shares = compiled(withNumber(model, path, x));
        if (shares === undefined) continue;
        taken += 1;
        if (Math.max(0, ...shares) > 1) wrong.push(`${what}: ${shares.join(", ")}`);
      } catch (error) {
        wrong.push(`${what}: ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`);
      }
    }
  return { wrong, tried, taken };
}
