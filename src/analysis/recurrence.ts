import { type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import {
  operandsOf,
  type PerChannel,
  type Quantiser,
  type Recurrence,
  type SpikingExpr,
  type SpikingLayer,
} from "../ir/spiking.js";

/** A place in the model and in the checkpoint that it came from. */
export interface Place {
  readonly where: string;
  readonly loc: Loc;
}

/** The first place of `origin`, under the name that the model has for it. */
export const placeOf = (where: string, origin: readonly Loc[]): Place => ({ where, loc: origin[0] ?? {} });

/** Says that a shape or length is not what follows from the rest of the model. */
export const shape = (
  at: Place,
  what: string,
  have: string | number,
  need: string | number,
): readonly Diagnostic[] =>
  String(have) === String(need)
    ? []
    : [diagnostic("model-shape", at.loc, { where: at.where, what, have, need })];

/** Says that a number is not what it may be. */
export const value = (at: Place, what: string, have: string | number, need: string): Diagnostic =>
  diagnostic("model-value", at.loc, { where: at.where, what, value: have, need });

/** The largest number that a network may hold, and the least one (but 0) that others are divided or multiplied by. */
const LARGEST = 2 ** 64;
const LEAST = 2 ** -100;

/** Why a number is none that is computed with; undefined where it is one. A divisor or factor is not next to 0. */
export function unusable(x: number, role: "term" | "factor" | "scale"): string | undefined {
  const isScale = role === "scale";
  if (!Number.isFinite(x) || (isScale && x <= 0))
    return isScale ? "positive finite numbers" : "finite numbers";
  if (Math.abs(x) > LARGEST) return "numbers of at most 2^64";
  const isTiny = role !== "term" && x !== 0 && Math.abs(x) < LEAST;
  return isTiny ? `numbers of at least 2^-100${isScale ? "" : ", or 0"}` : undefined;
}

/** Numbers are finite (and positive, where they are scales) and of a size to compute with, one for all or one per channel. */
export function checkPerChannel(
  at: Place,
  what: string,
  values: PerChannel,
  channels: number,
  role: "term" | "factor" | "scale" = "term",
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (values.length !== 1) found.push(...shape(at, `the length of ${what}`, values.length, channels));
  const bad = values.find((x) => unusable(x, role) !== undefined);
  if (bad !== undefined) found.push(value(at, what, bad, unusable(bad, role) as string));
  return found;
}

/** A quantiser has 1 to 53 bits and positive scales. */
export function checkQuantiser(at: Place, q: Quantiser, channels: number): readonly Diagnostic[] {
  const sound = Number.isInteger(q.bits) && q.bits >= 1 && q.bits <= 53;
  const bits = sound ? [] : [value(at, "the quantiser's bits", q.bits, "1 to 53")];
  return [...bits, ...checkPerChannel(at, "the quantiser's scale", q.scale, channels, "scale")];
}

function checkExpr(
  at: Place,
  e: SpikingExpr,
  channels: number,
  kinds: ReadonlyMap<string, string>,
): readonly Diagnostic[] {
  switch (e.kind) {
    case "constant":
      return checkPerChannel(at, `'${e.id}'`, e.value, channels);
    case "scale":
      return checkPerChannel(at, `the factor of '${e.id}'`, e.by, channels, "factor");
    case "quantise":
      return checkQuantiser(at, e.quantiser, channels);
    case "clip": {
      const bounds = `${e.low} to ${e.high}`;
      const sound = Number.isFinite(e.low) && Number.isFinite(e.high) && e.low <= e.high;
      if (!sound) return [value(at, `the bounds of '${e.id}'`, bounds, "finite and in order")];
      // A bound may be as far as it likes where nothing reaches it.
      if (e.low <= LARGEST && e.high >= -LARGEST) return [];
      return [value(at, `the bounds of '${e.id}'`, bounds, "numbers of at most 2^64 between them")];
    }
    case "select": {
      const kind = kinds.get(e.condition);
      if (kind === undefined || kind === "compare") return [];
      return [value(at, `the condition of '${e.id}'`, kind, "a comparison")];
    }
    default:
      return [];
  }
}

/** Ids are unique, operands stand before their users, states are declared, read by name and assigned. */
export function checkRecurrence(
  part: string,
  layer: SpikingLayer,
  r: Recurrence<string>,
  channels: number,
): readonly Diagnostic[] {
  const where = `layer '${layer.name}' ${part}`;
  const found: Diagnostic[] = [];
  const kinds = new Map<string, string>();
  const states = new Set(r.states.map((s) => s.name));
  for (const e of r.exprs) {
    const at = placeOf(where, e.origin);
    const refuse = (operand: string, reason: string): void => {
      found.push(diagnostic("model-operand", at.loc, { where, expr: e.id, operand, reason }));
    };
    for (const operand of operandsOf(e))
      if (!kinds.has(operand)) refuse(operand, "no expression before it defines");
    if (e.kind === "state" && !states.has(e.state)) refuse(e.state, "is not among the recurrence's states");
    if (kinds.has(e.id)) refuse(e.id, "is defined a second time");
    found.push(...checkExpr(at, e, channels, kinds));
    kinds.set(e.id, e.kind);
  }
  const layerAt = placeOf(where, layer.origin);
  for (const [output, id] of Object.entries(r.outputs)) {
    if (kinds.has(id)) continue;
    const args = { where, expr: output, operand: id, reason: "no expression defines" };
    found.push(diagnostic("model-operand", layerAt.loc, args));
  }
  for (const s of r.states) {
    if (kinds.has(s.next)) continue;
    const reason = `takes '${s.next}', which no expression defines`;
    found.push(diagnostic("model-state", layerAt.loc, { where, state: s.name, reason }));
  }
  return found;
}
