/**
 * The neuron classes of nmi-lab/decolle-public (decolle/base_model.py), whose state dicts are alike: keys and shapes do
 * not tell which one was trained. β = 1 − 1/tau_s, α = 1 − 1/tau_m, and for all of them
 *
 *     Q' = β·Q + gainQ·S_in      P' = α·P + gainP·Q (the old Q)      U = base_layer(P') + R      S = U > 0 or U ≥ 0
 *     R' = alpharp·R − loss·S    (R as U reads it has this tick's decay and the last tick's spike in it)
 */
export interface LifType {
  /** Gains of Q and P: the time constants, one less the decays, or 1. */
  readonly gains: "tau" | "rest" | "one";
  /** What a spike takes from R: wrp, or (1 − alpharp)·wrp. */
  readonly loss: "wrp" | "rest";
  /** Spike where U is 0, too. */
  readonly orEqual: boolean;
}

/** Names that `lif_layer_type` takes. Source: commits 552585f (2022), and 022f751 (2020) for the last. */
export const lifLayerTypes = [
  "BaseLIFLayer",
  "LIFLayer",
  "LIFLayerVariableTau",
  "LIFLayerNonorm",
  "LIFLayer-2020",
] as const;
/** One of {@link lifLayerTypes}. */
export type LifLayerType = (typeof lifLayerTypes)[number];

/** Their equations. */
export const lifTypes: { readonly [T in LifLayerType]: LifType } = {
  BaseLIFLayer: { gains: "tau", loss: "wrp", orEqual: false },
  LIFLayer: { gains: "rest", loss: "rest", orEqual: false },
  LIFLayerVariableTau: { gains: "rest", loss: "rest", orEqual: false },
  LIFLayerNonorm: { gains: "one", loss: "wrp", orEqual: true },
  "LIFLayer-2020": { gains: "tau", loss: "wrp", orEqual: true },
};
