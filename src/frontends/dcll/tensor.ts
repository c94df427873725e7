import { float16 } from "../../data/float16.js";

/** Element types that are read: bytes an element, and its decoder from little-endian bytes. */
const elementTypes = {
  float64: [8, (v: DataView, at: number) => v.getFloat64(at, true)],
  float32: [4, (v: DataView, at: number) => v.getFloat32(at, true)],
  float16: [2, (v: DataView, at: number) => float16(v.getUint16(at, true))],
  int64: [8, (v: DataView, at: number) => Number(v.getBigInt64(at, true))],
  int32: [4, (v: DataView, at: number) => v.getInt32(at, true)],
  int16: [2, (v: DataView, at: number) => v.getInt16(at, true)],
  int8: [1, (v: DataView, at: number) => v.getInt8(at)],
  uint8: [1, (v: DataView, at: number) => v.getUint8(at)],
} as const;

/** Name of an element type. */
export type ElementType = keyof typeof elementTypes;

/** Bytes of one element. */
export const elementBytes = (type: ElementType): number => elementTypes[type][0];

/** A tensor as the file stores it: a view into bytes that other tensors may share. Offset and strides count elements. */
export interface StoredTensor {
  readonly type: ElementType;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Number of elements of a shape; 1 for a scalar. */
export const countOf = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** Strides of an array without gaps, its last axis (`fortran`: its first) innermost. */
export function denseStrides(shape: readonly number[], fortran = false): readonly number[] {
  return shape.map((_, axis) => countOf(fortran ? shape.slice(0, axis) : shape.slice(axis + 1)));
}

/** What is wrong with a tensor's sizes, or undefined: every element that they reach lies inside its bytes. */
export function tensorProblem(t: StoredTensor): string | undefined {
  const { shape, strides, offset } = t;
  const sizes = [...shape, ...strides, offset];
  if (shape.length > 8 || shape.length !== strides.length)
    return `it has ${shape.length} sizes and ${strides.length} strides`;
  if (sizes.some((n) => !Number.isSafeInteger(n) || n < 0))
    return `sizes [${shape}], strides [${strides}] and offset ${offset} are impossible`;
  if (countOf(shape) === 0) return undefined;
  const last = shape.reduce((at, size, axis) => at + (size - 1) * (strides[axis] as number), offset);
  const held = Math.floor(t.bytes.length / elementBytes(t.type));
  return last < held ? undefined : `sizes [${shape}] reach element ${last} of the ${held} that it holds`;
}

/** The elements of a tensor without problems, row-major, as doubles. */
export function readTensor(t: StoredTensor): Float64Array {
  const { shape, strides, bytes } = t;
  const [size, read] = elementTypes[t.type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(countOf(shape));
  const index = shape.map(() => 0);
  let at = t.offset;
  for (let i = 0; i < values.length; i++) {
    values[i] = read(view, at * size);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [stride, length] = [strides[axis] as number, shape[axis] as number];
      at += stride;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < length) break;
      at -= stride * length;
      index[axis] = 0;
    }
  }
  return values;
}
