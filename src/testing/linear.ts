/** A readout, or a stage of one, that is a linear map: tests that are of such a one say so. */
export function linearOf<R extends { readonly kind: string }>(readout: R | undefined): Linear<R> {
  const kinds = ["linear", "dense-readout", "event-readout"];
  if (readout === undefined || !kinds.includes(readout.kind)) throw new Error("no linear readout");
  return readout as Linear<R>;
}

type Linear<R> = Extract<R, { readonly kind: "linear" | "dense-readout" | "event-readout" }>;
