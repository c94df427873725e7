import {
  type Diagnostic,
  DiagnosticError,
  diagnostic,
  type Loc,
  type Note,
} from "../../diagnostics/diagnostic.js";
import type { Argument, NetworkFile } from "./network-file.js";
import type { FoundNetwork } from "./recognise.js";
import type { StateDict } from "./state-dict.js";
import { countOf, readTensor } from "./tensor.js";

/** A parameter's elements as doubles, row-major, and where it stands. */
export interface Parameter {
  readonly dims: readonly number[];
  readonly values: Float64Array;
  readonly loc: Loc;
}

/** State of one import. */
export interface Context {
  readonly file: string;
  readonly tensors: StateDict;
  readonly network: NetworkFile | undefined;
  readonly found: FoundNetwork;
  /** Parameters that were read. */
  readonly read: Map<string, Parameter>;
  readonly diagnostics: Diagnostic[];
  /** Elements that may still be read: as many as the file has bytes, however often its tensors share them. */
  budget: number;
}

/** Stops at a parameter, and says what is wrong with it. */
export function failParameter(loc: Loc, problem: string, hint?: string): never {
  throw new DiagnosticError(
    diagnostic("dcll-parameter", loc, { problem }, hint === undefined ? {} : { hint }),
  );
}

/** Stops at a key of the network file. */
export function failNetwork(
  network: NetworkFile,
  path: readonly string[],
  problem: string,
  ...notes: readonly Note[]
): never {
  const args = { key: path.join("."), problem };
  throw new DiagnosticError(diagnostic("network-value", network.locate(path), args, { notes }));
}

/** Runs `body`; what it stops at is kept, and gives undefined, so that more can be said. */
export function recording<T>(ctx: Context, body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    ctx.diagnostics.push(...error.diagnostics);
    return undefined;
  }
}

/** What each of `parts` gives; where any stops, stops behind the last of them, having kept what all of them said. */
export function together<T extends Readonly<Record<string, () => unknown>>>(
  ctx: Context,
  parts: T,
): { readonly [K in keyof T]: ReturnType<T[K]> } {
  let stopped = false;
  const values = Object.entries(parts).map(([name, part]) => {
    const made = recording(ctx, () => ({ value: part() }));
    stopped ||= made === undefined;
    return [name, made?.value] as const;
  });
  if (stopped) throw new DiagnosticError();
  return Object.fromEntries(values) as { readonly [K in keyof T]: ReturnType<T[K]> };
}

/** A parameter's elements, finite all of them; undefined where the checkpoint doesn't have it. */
export function parameter(ctx: Context, name: string): Parameter | undefined {
  const tensor = ctx.tensors.get(name);
  if (tensor === undefined) return undefined;
  const loc = { file: ctx.file, name };
  ctx.budget -= countOf(tensor.shape);
  if (!(ctx.budget >= 0))
    failParameter(loc, "it and those before it have more elements than the file has bytes");
  const values = readTensor(tensor);
  const bad = values.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) failParameter(loc, `it holds ${values[bad]} at element ${bad}`);
  const made = { dims: tensor.shape, values, loc };
  ctx.read.set(name, made);
  return made;
}

/** A parameter that must be there. */
export function needParameter(ctx: Context, name: string): Parameter {
  const hint = "save the state dict of the whole network: torch.save(net.state_dict(), path)";
  return parameter(ctx, name) ?? failParameter({ file: ctx.file, name }, "it is missing", hint);
}

/** A vector with an element for each of `count` channels or classes; zeros where a module has none. */
export function biasOf(ctx: Context, name: string, count: number): readonly number[] {
  const found = parameter(ctx, name);
  if (found === undefined) return new Array<number>(count).fill(0);
  if (found.values.length !== count || found.dims.length !== 1)
    failParameter(found.loc, `it has shape (${found.dims.join(", ")}), its weights need (${count})`);
  return [...found.values];
}

/** An argument of the network file as it holds for one layer: one number for all, or one a layer. */
export function argumentOf(ctx: Context, key: Argument, layer: number): number | undefined {
  const values = ctx.network?.spec[key];
  if (ctx.network === undefined || values === undefined) return undefined;
  const count = ctx.found.layers.length;
  if (values.length !== 1 && values.length !== count)
    failNetwork(ctx.network, [key], `${values.length} numbers for ${count} layers`);
  return values.length === 1 ? values[0] : values[layer];
}
