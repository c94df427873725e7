import { elements, makeTensor, type Tensor } from "./tensor.js";

/** A constant with its axes permuted; the integers behind it follow. */
export function transpose(t: Tensor, perm: readonly number[]): Tensor {
  const permute = <T>(list: readonly T[]): readonly T[] => perm.map((axis) => list[axis] as T);
  const strides = t.dims.map((_, axis) => elements(t.dims.slice(axis + 1)));
  const dims = permute(t.dims);
  const moved = permute(strides);
  const source = (flat: number): number => {
    let rest = flat;
    let index = 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const size = dims[axis] as number;
      index += (rest % size) * (moved[axis] as number);
      rest = Math.floor(rest / size);
    }
    return index;
  };
  const data = t.data.map((_, i) => t.data[source(i)] as number);
  if (t.codes === undefined) return { ...t, dims, data };
  // The scale may have fewer axes than the data: spread it over all of them first.
  const { raw, scale, scaleDims } = t.codes;
  const full = [...t.dims.map(() => 1), ...scaleDims].slice(-t.dims.length || undefined);
  const moving = t.dims.length === 0 ? [] : full;
  const spread = transpose(makeTensor("", moving, scale), perm);
  const codes = {
    ...t.codes,
    raw: raw.map((_, i) => raw[source(i)] as number),
    scale: spread.data,
    scaleDims: spread.dims,
  };
  return { ...t, dims, data, codes };
}
