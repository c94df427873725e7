import { fail } from "./context.js";
import type { OnnxNode } from "./decode.js";

const wrongType = (node: OnnxNode, name: string, need: string): never =>
  fail(
    "onnx-attribute",
    { ...node.loc, attribute: name },
    { attribute: name, value: node.attributes.get(name)?.kind ?? "(absent)", reason: `it must be ${need}` },
  );

/** Integer attribute; `fallback` where it is absent, required if there is none. */
export function intAttribute(node: OnnxNode, name: string, fallback?: number): number {
  const a = node.attributes.get(name);
  if (a === undefined && fallback !== undefined) return fallback;
  return a?.kind === "int" ? a.value : wrongType(node, name, "an integer");
}

/** Float attribute, or `fallback`. */
export function floatAttribute(node: OnnxNode, name: string, fallback: number): number {
  const a = node.attributes.get(name);
  if (a === undefined) return fallback;
  return a.kind === "float" ? a.value : wrongType(node, name, "a float");
}

/** String attribute; required if there is no `fallback`. */
export function stringAttribute(node: OnnxNode, name: string, fallback?: string): string {
  const a = node.attributes.get(name);
  if (a === undefined && fallback !== undefined) return fallback;
  return a?.kind === "string" ? a.value : wrongType(node, name, "a string");
}

/** List of `fallback.length` integers, or `fallback`; a list without fallback may have any length. */
export function intsAttribute(node: OnnxNode, name: string, fallback?: readonly number[]): readonly number[] {
  const a = node.attributes.get(name);
  if (a === undefined && fallback !== undefined) return fallback;
  if (a?.kind !== "ints") return wrongType(node, name, "a list of integers");
  if (fallback !== undefined && a.value.length !== fallback.length) {
    return wrongType(node, name, `a list of ${fallback.length} integers`);
  }
  return a.value;
}

/** Refuses an attribute whose value is none of those that are compiled. */
export function refuseAttribute(
  node: OnnxNode,
  attribute: string,
  value: string | number,
  reason: string,
  hint?: string,
): never {
  return fail("onnx-attribute", { ...node.loc, attribute }, { attribute, value, reason }, hint);
}
