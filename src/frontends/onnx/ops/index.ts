import type { Handler } from "../context.js";
import { activations } from "./activation.js";
import { arithmetic } from "./arithmetic.js";
import { averages } from "./averages.js";
import { comparisons } from "./compare.js";
import { lists } from "./lists.js";
import { normalisation } from "./normalise.js";
import { pooling } from "./pool.js";
import { qcdq } from "./qcdq.js";
import { quant } from "./quantise.js";
import { shapes } from "./shape.js";
import { synapses } from "./synapse.js";

/** Handlers of the standard ONNX operators. */
const standard: Readonly<Record<string, Handler>> = {
  ...arithmetic,
  ...comparisons,
  ...activations,
  ...synapses,
  ...pooling,
  ...averages,
  ...normalisation,
  ...shapes,
  ...lists,
  ...qcdq,
};

/** Domains of the quantised extension: Brevitas ≤ 0.11, QONNX (Brevitas ≥ 0.12), FINN of old. */
const quantDomains = new Set(["onnx.brevitas", "qonnx.custom_op.general", "finn.custom_op.general"]);

/** The handler of an operator in its domain; undefined if there is none. */
export function handlerOf(domain: string, operator: string): Handler | undefined {
  if (domain === "") return Object.hasOwn(standard, operator) ? standard[operator] : undefined;
  return quantDomains.has(domain) && (operator === "Quant" || operator === "IntQuant") ? quant : undefined;
}
