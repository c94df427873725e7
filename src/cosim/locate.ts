import type { Design } from "../ir/design.js";
import { outputStream } from "../ir/stream.js";
import { layoutsOf, type StageLayout, type TensorLayout } from "../mapping/layout.js";
import { assembleTrace, type WrittenTensor } from "./assemble.js";
import { earliest, type LocatedDifference } from "./difference.js";
import type { Expected, WholeTick } from "./expected.js";
import type { TraceRecord } from "./trace-file.js";

/**
 * Finds the first difference in a trace that holds tick `tick` in full: by stage, then states before spikes, then
 * element; then the events that leave the core.
 */
export async function locateDifference(
  design: Design,
  expected: Expected,
  tick: number,
  records: AsyncIterable<TraceRecord>,
): Promise<LocatedDifference | undefined> {
  const layouts = layoutsOf(design);
  const whole = expected.whole(tick);
  const first = earliest<LocatedDifference>();
  const at = {
    sample: Math.floor(tick / expected.ticksPerSample),
    tick: tick % expected.ticksPerSample,
  };
  const events: { readonly event: number; readonly cycle: number }[] = [];
  for await (const item of assembleTrace(design, records, { from: tick, to: tick + 1 })) {
    if (item.kind === "event") events.push(item);
    else if (item.kind === "stage-tick") {
      const { stage, tensors } = layouts[item.stage] as StageLayout;
      tensors.forEach((layout, k) => {
        const found = differenceIn(layout, whole.tensors[item.stage]?.[k] ?? [], item.tensors[k], item.cycle);
        if (found !== undefined) first.offer([item.stage, k], { ...at, layer: stage.name, ...found });
      });
    }
  }
  const { name } = (layouts.at(-1) as StageLayout).stage;
  const event = outputStream(design) && differentEvent(name, whole, events);
  if (event !== undefined) first.offer([layouts.length], { ...at, ...event });
  return first.found();
}

type Found = Omit<LocatedDifference, "sample" | "tick" | "layer">;

/** The first element of a tensor that differs or has no value. */
function differenceIn(
  { signal, shape }: TensorLayout,
  wanted: ArrayLike<number>,
  have: WrittenTensor | undefined,
  cycle: number,
): Found | undefined {
  for (let i = 0; i < wanted.length; i++) {
    const missing = have?.missing.get(i);
    if (missing === undefined && wanted[i] === have?.values[i]) continue;
    return {
      signal,
      channel: Math.floor(i / (shape.height * shape.width)),
      y: Math.floor(i / shape.width) % shape.height,
      x: i % shape.width,
      expected: wanted[i] as number,
      actual: missing ?? (have?.values[i] as number),
      cycle: have?.cycles[i] || cycle,
    };
  }
  return undefined;
}

/** The first event out of the core that isn't the expected one; its number in the tick stands as channel. */
function differentEvent(
  layer: string,
  { events: wanted }: WholeTick,
  have: readonly { readonly event: number; readonly cycle: number }[],
): (Found & { readonly layer: string }) | undefined {
  for (let n = 0; n < Math.max(wanted.length, have.length); n++) {
    const [want, got] = [wanted[n] ?? -1, have[n]?.event ?? -1];
    if (want === got) continue;
    const cycle = have[n]?.cycle ?? have.at(-1)?.cycle ?? 0;
    const actual = Number.isNaN(got) ? "unknown" : got;
    return { layer, signal: "event sent", channel: n, y: 0, x: 0, expected: want, actual, cycle };
  }
  return undefined;
}
