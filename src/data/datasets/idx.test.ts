import { expect, test } from "vitest";
import { decodeIdx } from "./idx.js";

const loc = { file: "t10k-images" };
const images = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);

test("sizes are big-endian, data follows", () => {
  const read = decodeIdx(images, 0x0803, loc);
  expect(read).toMatchObject({ ok: true, value: { sizes: [2, 1, 3], data: images.subarray(16) } });
});

test.each([
  [images.subarray(0, 15), "15 bytes hold no header of 16"],
  [images.with(3, 1), "magic number 0x801, needs 0x0803"],
  [images.subarray(0, 21), "5 bytes of data, 2 x 1 x 3 need 6"],
  [images.with(4, 255), "6 bytes of data, 4278190082 x 1 x 3 need 12834570246"],
])("idx-malformed: %#", (bytes, problem) => {
  const read = decodeIdx(bytes, 0x0803, loc);
  expect(read.ok).toBe(false);
  expect(read.diagnostics[0]).toMatchObject({ code: "idx-malformed", loc });
  expect(read.diagnostics[0]?.text).toContain(problem);
});
