import { z } from "zod";
import { parseYaml, type YamlText } from "../../data/yaml.js";
import { type Diagnostic, diagnostic, failure, type Result, success } from "../../diagnostics/diagnostic.js";
import { foundAt } from "../../diagnostics/found.js";
import { nearest } from "../../diagnostics/nearest.js";
import { MAX_FRAME_TICKS } from "../../ir/frame.js";
import { type LifLayerType, lifLayerTypes } from "./lif-types.js";

/**
 * The network file: what DCLL's and DECOLLE's checkpoints lack, in the YAML form of the training scripts, with their
 * arguments beside it.
 *
 *     input_shape: [1, 28, 28]
 *     arp: 1.0          # weight of the refractory term, ours also `wrp`; alpharp is its decay
 *     alpharp: 0.65
 *     conv_layers:
 *       - {out_channels: 16, kernel_size: 7, padding: "(2, 2)", pooling: 2}
 */

/** Height and width. */
export type Pair = readonly [height: number, width: number];

/** One of `conv_layers`. */
export interface ConvSpec {
  readonly out_channels?: number | undefined;
  readonly kernel_size?: Pair | undefined;
  readonly padding?: Pair | undefined;
  readonly pooling?: Pair | undefined;
  readonly stride?: Pair | undefined;
}

/** Arguments that are one number for all layers, or one a layer. */
export type Argument = "alpha" | "alphas" | "alpharp" | "arp" | "wrp";

/** What the file says, by its own keys. */
export interface NetworkSpec extends Readonly<Partial<Record<Argument, readonly number[] | undefined>>> {
  readonly input_shape?: readonly [channels: number, height: number, width: number] | undefined;
  readonly conv_layers?: readonly ConvSpec[] | undefined;
  readonly random_tau?: boolean | undefined;
  readonly burnin?: number | undefined;
  readonly lif_layer_type?: LifLayerType | undefined;
}

/** A network file that was read: its path, what it says, and where. */
export interface NetworkFile {
  readonly file: string;
  readonly spec: NetworkSpec;
  readonly locate: YamlText["locate"];
}

/** Largest size that is taken, and largest number of places of a map: no network for one FPGA is that large. */
const sizeLimit = 4096;

/** As many integers as `names` has, as a YAML list or as Python prints a tuple; one alone stands for two of it. */
function integers<const N extends readonly string[]>(names: N, low: number) {
  const list = names.join(", ");
  const one = names.length === 2 ? `an integer from ${low} to ${sizeLimit}, or two as` : "integers as";
  const message = `expected ${one} [${list}] or "(${list})"`;
  return z
    .unknown()
    .transform((value, context) => {
      const found = listOf(value, names.length);
      if (found?.every((n) => Number.isInteger(n) && n >= low && n <= sizeLimit))
        return found as unknown as { readonly [I in keyof N]: number };
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .optional();
}

function listOf(value: unknown, length: number): number[] | undefined {
  if (typeof value === "number" && length === 2) return [value, value];
  const tuple = typeof value === "string" ? /^\(([\d\s,]+)\)$/.exec(value)?.[1]?.split(",") : undefined;
  const items: unknown = tuple?.map((part) => (part.trim() === "" ? Number.NaN : Number(part))) ?? value;
  return Array.isArray(items) && items.length === length ? items : undefined;
}

const pair = (low: number) => integers(["h", "w"], low);

/** A number of a range, for all layers or one a layer. */
function numbers(error: string, allowed: (x: number) => boolean) {
  const one = z.number({ error }).refine(allowed, { error });
  return z
    .union([one.transform((x) => [x]), z.array(one, { error }).min(1, { error })], { error })
    .optional();
}

const decay = numbers("expected a decay from 0 to below 1, or a list of one a layer", (x) => x >= 0 && x < 1);
const weight = numbers("expected a number from 0 on, or a list of one a layer", (x) => x >= 0);
const burnIn = `expected an integer from 0 to ${MAX_FRAME_TICKS}`;
const mapping = { error: "expected keys and values" };

const convShape = {
  out_channels: z
    .int({ error: "expected a positive integer" })
    .positive({ error: "expected a positive integer" })
    .optional(),
  kernel_size: pair(1),
  padding: pair(0),
  pooling: pair(1),
  stride: pair(1),
};
const fileShape = {
  input_shape: integers(["C", "H", "W"], 1),
  conv_layers: z.array(z.strictObject(convShape, mapping), { error: "expected a list of layers" }).optional(),
  alpha: decay,
  alphas: decay,
  alpharp: decay,
  arp: weight,
  wrp: weight,
  random_tau: z.boolean({ error: "expected true or false" }).optional(),
  burnin: z
    .int({ error: burnIn })
    .min(0, { error: burnIn })
    .max(MAX_FRAME_TICKS, { error: burnIn })
    .optional(),
  lif_layer_type: z.enum(lifLayerTypes, { error: `expected ${lifLayerTypes.join(", ")}` }).optional(),
};
const schema = z.strictObject(fileShape, mapping);

/** Reads a network file's text; says everything that is wrong, each at its line and column. */
export function parseNetwork(text: string, file: string): Result<NetworkFile> {
  const yaml = parseYaml(text, file);
  if (!("tree" in yaml))
    return failure(...yaml.map(({ reason, loc }) => diagnostic("network-syntax", loc, { reason })));
  const { locate } = yaml;
  const parsed = schema.safeParse(yaml.tree ?? {});
  const wrong = [
    ...yaml.repeated.map(({ reason, loc, notes = [] }) =>
      diagnostic("network-syntax", loc, { reason }, { notes }),
    ),
    ...(parsed.error?.issues ?? []).flatMap((issue) => saidOf(issue, yaml)),
    ...saidTwice(yaml),
  ];
  if (!parsed.success || wrong.length > 0) return failure(...wrong);
  return success({ file, spec: parsed.data, locate });
}

/** One weight of the refractory term under both of its names. */
function saidTwice({ tree, locate }: YamlText): readonly Diagnostic[] {
  const keys = typeof tree === "object" && tree !== null ? Object.keys(tree) : [];
  if (!keys.includes("arp") || !keys.includes("wrp")) return [];
  const problem = "is the same as arp, which is there too";
  const notes = [{ text: "arp is here", loc: locate(["arp"]) }];
  return [diagnostic("network-value", locate(["wrp"]), { key: "wrp", problem }, { notes })];
}

function saidOf(issue: z.core.$ZodIssue, { tree, locate }: YamlText): readonly Diagnostic[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    const key = path.length === 0 ? "the file" : path.join(".");
    const problem = `${issue.message}${foundAt(tree, path)}`;
    return [diagnostic("network-value", locate(path), { key, problem })];
  }
  const known = Object.keys(path.length === 0 ? fileShape : convShape);
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    const hint = near === undefined ? `known here: ${known.join(", ")}` : `did you mean '${near}'?`;
    const whole = [...path, key];
    return diagnostic("network-unknown-key", locate(whole), { key: whole.join(".") }, { hint });
  });
}
