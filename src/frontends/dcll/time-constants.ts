import { DiagnosticError, diagnostic, type Loc } from "../../diagnostics/diagnostic.js";
import { type PerChannel, type Shape, sizeOf } from "../../ir/spiking.js";
import { failParameter, type Parameter } from "./context.js";

/**
 * A parameter over a layer's input as one number, or one per channel: stored as one, as one per channel, or as a whole
 * map (`random_tau`) that is constant over each channel. Such maps are (C, W, H) in some versions of the code.
 */
export function perInputChannel({ values, dims, loc }: Parameter, input: Shape): PerChannel {
  const { channels } = input;
  const plane = values.length / channels;
  if (values.length !== 1 && plane !== 1 && values.length !== sizeOf(input))
    failParameter(
      loc,
      `it has shape (${dims.join(", ")}), the layer's input is ${channels} x ${input.height} x ${input.width}`,
      "it is one number, one per input channel, or a map like the input: check input_shape, padding and pooling",
    );
  if (values.length === 1) return [...values];
  const first = (channel: number): number => values[channel * plane] as number;
  const other = values.findIndex((x, i) => x !== first(Math.floor(i / plane)));
  if (other >= 0) {
    const channel = Math.floor(other / plane);
    const place = other % plane;
    const width = dims.at(-1) ?? 1;
    const at = `row ${Math.floor(place / width)}, column ${place % width}`;
    const args = { channel, first: first(channel), other: values[other] as number, at };
    throw new DiagnosticError(diagnostic("dcll-tau-varies", loc, args));
  }
  const all = Array.from({ length: channels }, (_, c) => first(c));
  return all.every((x) => x === all[0]) ? [all[0] as number] : all;
}

/** Decays lie from 0 to below 1: elsewhere a trace grows without bound. */
export function checkDecay(decay: PerChannel, what: string, loc: Loc): PerChannel {
  const bad = decay.find((x) => !(x >= 0 && x < 1));
  if (bad !== undefined) failParameter(loc, `${what} is ${bad}, a decay from 0 to below 1 is needed`);
  return decay;
}
