import { elements } from "./tensor.js";

/** Dims of an element-wise result by ONNX (numpy) broadcasting; undefined if the operands don't fit. */
export function broadcastDims(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[a.length - rank + axis] ?? 1;
    const y = b[b.length - rank + axis] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(x === 1 ? y : x);
  }
  return result;
}

/** True if a tensor of `from` broadcasts to exactly `to`. */
export function broadcastsTo(from: readonly number[], to: readonly number[]): boolean {
  const result = broadcastDims(from, to);
  return result !== undefined && result.length === to.length && result.every((d, i) => d === to[i]);
}

/** Row-major flat index in `to` → flat index in a tensor of `from` that broadcasts to it. */
export function broadcastIndex(from: readonly number[], to: readonly number[]): (flat: number) => number {
  if (elements(from) === 1) return () => 0;
  const strides: { readonly size: number; readonly stride: number }[] = [];
  let stride = 1;
  for (let back = 1; back <= to.length; back++) {
    const size = from[from.length - back] ?? 1;
    strides.push({ size: to[to.length - back] as number, stride: size === 1 ? 0 : stride });
    stride *= size;
  }
  return (flat) => {
    let rest = flat;
    let index = 0;
    for (const axis of strides) {
      index += (rest % axis.size) * axis.stride;
      rest = Math.floor(rest / axis.size);
    }
    return index;
  };
}
