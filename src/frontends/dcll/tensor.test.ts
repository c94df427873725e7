import { expect, test } from "vitest";
import { denseStrides, type ElementType, readTensor, type StoredTensor, tensorProblem } from "./tensor.js";
import { elementBytes } from "./testing/pickle.js";

const six = elementBytes([0, 1, 2, 3, 4, 5]);
const view = (t: Partial<StoredTensor>): StoredTensor => ({
  type: "float32",
  bytes: six,
  offset: 0,
  shape: [2, 3],
  strides: [3, 1],
  ...t,
});

test("strides and offsets: transposed, reversed in order of axes, repeated, a part", () => {
  const read = (t: Partial<StoredTensor>) => {
    expect(tensorProblem(view(t))).toBeUndefined();
    return [...readTensor(view(t))];
  };
  expect(read({})).toEqual([0, 1, 2, 3, 4, 5]);
  expect(read({ shape: [3, 2], strides: [1, 3] })).toEqual([0, 3, 1, 4, 2, 5]);
  expect(read({ strides: denseStrides([2, 3], true) })).toEqual([0, 2, 4, 1, 3, 5]);
  expect(read({ shape: [2, 2], strides: [0, 1], offset: 4 })).toEqual([4, 5, 4, 5]);
  expect(read({ shape: [2, 1, 2], strides: [3, 99, 2] })).toEqual([0, 2, 3, 5]);
  expect(read({ shape: [], strides: [], offset: 3 })).toEqual([3]);
  expect(read({ shape: [0, 7], strides: [7, 1] })).toEqual([]);
});

test.each<readonly [ElementType, readonly number[], readonly number[]]>([
  ["float64", [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], [-1.5]],
  ["float32", [0, 0, 0xc0, 0xbf], [-1.5]],
  ["float16", [0x00, 0xbe], [-1.5]],
  ["int64", [0xfe, 255, 255, 255, 255, 255, 255, 255], [-2]],
  ["int32", [0xfe, 255, 255, 255], [-2]],
  ["int16", [0xfe, 255], [-2]],
  ["int8", [0xfe], [-2]],
  ["uint8", [0xfe], [254]],
])("%s", (type, bytes, values) => {
  const t = view({ type, bytes: Uint8Array.from([9, ...bytes]).subarray(1), shape: [1], strides: [1] });
  expect([...readTensor(t)]).toEqual(values);
});

test("what reaches beyond its bytes, or is no size, is said", () => {
  const problem = (t: Partial<StoredTensor>) => tensorProblem(view(t));
  expect(problem({ shape: [2, 4], strides: [4, 1] })).toBe(
    "sizes [2,4] reach element 7 of the 6 that it holds",
  );
  expect(problem({ offset: 1 })).toBe("sizes [2,3] reach element 6 of the 6 that it holds");
  expect(problem({ strides: [3] })).toBe("it has 2 sizes and 1 strides");
  expect(problem({ strides: [-3, 1] })).toContain("are impossible");
  expect(problem({ offset: 0.5 })).toContain("are impossible");
  expect(problem({ shape: [2 ** 50, 2 ** 50], strides: [2 ** 50, 1] })).toContain("reach element");
  expect(problem({ shape: new Array(9).fill(1), strides: new Array(9).fill(1) })).toContain("9 sizes");
});
