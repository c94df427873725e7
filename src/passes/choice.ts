import type { RealRange } from "../analysis/bound-reals.js";
import { assertNever, type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import { exactLog2 } from "../fixed/rational.js";
import type { Activation, Commutation, PerChannel, Quantiser } from "../ir/spiking.js";
import type { CalibratedRange } from "./formats/calibration.js";

/** What a pass chose where the checkpoint or the user left it open, each with its place in the checkpoint. */
export type Choice = { readonly loc: Loc } & (
  | { readonly kind: "traces"; readonly layer: string; readonly commutation: Commutation }
  | {
      readonly kind: "gains";
      readonly layer: string;
      /** What the weights take, per channel, and what each state is stored divided by. */
      readonly gain: PerChannel;
      readonly states: readonly { readonly state: string; readonly gain: PerChannel }[];
    }
  | {
      readonly kind: "weights";
      readonly of: "layer" | "readout";
      readonly name: string;
      readonly bits: number;
      /** Where they are clipped: a quantile for all output channels, or one each; or one scale and no clip. */
      readonly quantiles: PerChannel | "per-tensor" | "power-of-two";
      /** Weights beyond their clip, and √(Σ error² / Σ weight²). */
      readonly clipped: number;
      readonly relativeError: number;
    }
  | {
      readonly kind: "state-format";
      readonly state: string;
      readonly quantiser: Quantiser;
      /** What the format holds. */
      readonly range: RealRange;
      /** What calibration measured; absent where the range is the worst case. */
      readonly measured?: CalibratedRange;
    }
  | {
      readonly kind: "activation";
      readonly readout: string;
      readonly activation: Activation["kind"];
      readonly quantiser: Quantiser;
    }
  | {
      readonly kind: "readout";
      readonly layer: string;
      readonly readout: string;
      /** Readouts of the same layer that aren't compiled. */
      readonly left: readonly { readonly readout: string; readonly loc: Loc }[];
    }
  /** A layer of engine `auto` that can't be computed on events. */
  | { readonly kind: "dense-engine"; readonly layer: string; readonly reason: string }
);

/** Relative error of quantised weights and of rounded leaks beyond which users are warned. */
export const LARGEST_ERROR = 0.1;

/** A choice as users read it. */
export function diagnosticOf(choice: Choice): Diagnostic {
  const { loc } = choice;
  switch (choice.kind) {
    case "traces":
      return tracesSaid(choice.layer, choice.commutation, loc);
    case "gains": {
      const states = choice.states.map(({ state, gain }) => `${state} / ${printPerChannel(gain)}`);
      const gain = printPerChannel(choice.gain);
      return diagnostic("gains-folded", loc, {
        layer: choice.layer,
        gain,
        states: states.join(", ") || "none",
      });
    }
    case "weights": {
      const { of, name, bits, quantiles, clipped, relativeError } = choice;
      const scales =
        quantiles === "per-tensor"
          ? "one scale"
          : quantiles === "power-of-two"
            ? "one scale, a power of two for the Clip behind them"
            : `one scale per output channel for the ${printClips(quantiles)} quantile`;
      const error = `${Number((100 * relativeError).toPrecision(2))}`;
      const args = { what: `${of} '${name}'`, bits, scales, clipped, error };
      return relativeError > LARGEST_ERROR
        ? diagnostic("weights-coarse", loc, { ...args, most: 100 * LARGEST_ERROR })
        : diagnostic("weights-quantised", loc, args);
    }
    case "state-format": {
      const { state, quantiser, range, measured } = choice;
      const format = { state, bits: quantiser.bits, unit: printUnit(quantiser.scale) };
      const [low, high] = [range.low.toPrecision(6), range.high.toPrecision(6)];
      if (measured === undefined)
        return diagnostic("state-format-worst-case", loc, { ...format, min: low, max: high });
      const [min, max] = [measured.min.toPrecision(6), measured.max.toPrecision(6)];
      return diagnostic("state-format-calibrated", loc, { ...format, min, max, low, high });
    }
    case "activation": {
      const { readout, activation, quantiser } = choice;
      return diagnostic("activation-format", loc, { readout, activation, unit: printUnit(quantiser.scale) });
    }
    case "readout": {
      const { layer, readout } = choice;
      const notes = choice.left.map((other) => ({
        text: `'${other.readout}' is not compiled`,
        loc: other.loc,
      }));
      return diagnostic("readout-left-out", loc, { layer, readout }, { notes });
    }
    case "dense-engine":
      return diagnostic("engine-auto-dense", loc, { layer: choice.layer, reason: choice.reason });
    default:
      return assertNever(choice);
  }
}

function tracesSaid(layer: string, commutation: Commutation, loc: Loc): Diagnostic {
  switch (commutation.kind) {
    case "kept":
      return diagnostic("traces-not-commuted", loc, { layer, reason: commutation.reason });
    case "moved": {
      const { states, droppedQuantisers: n } = commutation;
      const dropped = n === 0 ? "" : `; their ${n} quantisers go with the signals they fitted`;
      return diagnostic("traces-commuted", loc, { layer, states: states.join(", "), dropped });
    }
    default:
      return assertNever(commutation);
  }
}

/** A number of four digits, or the least and the largest of several. */
export function printPerChannel(values: PerChannel): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((x) => Number(x.toPrecision(4)));
  return low === high ? `${low}` : `${low} to ${high}`;
}

/** `0.99`, or the least and the largest. */
const printClips = (quantiles: PerChannel): string =>
  [...new Set([Math.min(...quantiles), Math.max(...quantiles)])].join(" to ");

/** `2^-16`, or the extremes of several. */
function printUnit(scale: PerChannel): string {
  const print = (s: number): string => {
    const exponent = exactLog2(s);
    return exponent === undefined ? s.toPrecision(4) : `2^${exponent}`;
  };
  const [low, high] = [Math.min(...scale), Math.max(...scale)];
  return low === high ? print(low) : `${print(low)} to ${print(high)}`;
}
