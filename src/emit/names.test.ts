import { expect, test } from "vitest";
import { randomModel } from "../testing/random-model.js";
import { designNames, nameOf, uniqueIdentifiers } from "./names.js";
import { designOf } from "./testing/design.js";

test("every name gets an identifier of its own", () => {
  const names = ["conv 1", "conv/1", "conv_1", "module", "1st", "", "Ünïcode", "m_axis"];
  const ids = [...uniqueIdentifiers(names).values()];
  expect(ids).toEqual(["conv_1", "conv_1_2", "conv_1_3", "n_module", "n_1st", "n_", "n_code", "m_axis_2"]);
});

test("no stage is called like another one's pipeline", () => {
  const design = designOf(randomModel(3));
  const [stage] = design.stages;
  const stages = ["a", "a_pre", "a_post", "a"].map((name) => ({ ...stage!, name }));
  const modules = [...designNames({ ...design, name: "net", stages }).stage.values()].flatMap((id) => [
    id,
    `${id}_pre`,
    `${id}_post`,
  ]);
  expect(new Set(modules).size).toBe(modules.length);
});

test("a name that is not there is a bug of the compiler", () => {
  expect(() => nameOf(new Map(), "layer9")).toThrow("layer9");
});
