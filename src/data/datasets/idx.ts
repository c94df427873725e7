import { diagnostic, failure, type Loc, type Result, success } from "../../diagnostics/diagnostic.js";
import { readBytes } from "../../host/files.js";
import type { Shape } from "../../ir/spiking.js";

/** Images of one grey value a pixel: (image, row, column), 0 to 255. */
export interface Images {
  readonly count: number;
  readonly shape: Shape;
  readonly pixels: Uint8Array;
}

/** Sizes of an IDX file's dimensions, and its bytes. */
interface Idx {
  readonly sizes: readonly number[];
  readonly data: Uint8Array;
}

/** Magic number of an IDX file: unsigned bytes, that many dimensions. */
const IMAGES = 0x0803;
const LABELS = 0x0801;

/** Reads an IDX file of images. Source: yann.lecun.com/exdb/mnist, "File formats". */
export function readImages(path: string): Result<Images> {
  const read = readIdx(path, IMAGES);
  if (!read.ok) return read;
  const { sizes, data } = read.value;
  const [count, height, width] = sizes as [number, number, number];
  return success({ count, shape: { channels: 1, height, width }, pixels: data });
}

/** Reads an IDX file of labels. */
export function readLabels(path: string): Result<Uint8Array> {
  const read = readIdx(path, LABELS);
  return read.ok ? success(read.value.data) : read;
}

function readIdx(path: string, magic: number): Result<Idx> {
  const bytes = readBytes(path);
  return bytes.ok ? decodeIdx(bytes.value, magic, { file: path }) : bytes;
}

/** An IDX file of unsigned bytes: magic number, sizes (32 bits each, big-endian), data. */
export function decodeIdx(bytes: Uint8Array, magic: number, loc: Loc): Result<Idx> {
  const refuse = (problem: string): Result<Idx> => failure(diagnostic("idx-malformed", loc, { problem }));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dimensions = magic & 0xff;
  const header = 4 * (dimensions + 1);
  if (bytes.length < header) return refuse(`${bytes.length} bytes hold no header of ${header}`);
  const found = view.getUint32(0);
  if (found !== magic)
    return refuse(`magic number 0x${found.toString(16)}, needs 0x${magic.toString(16).padStart(4, "0")}`);
  const sizes = Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d));
  const need = sizes.reduce((a, b) => a * b, 1);
  if (bytes.length - header !== need)
    return refuse(`${bytes.length - header} bytes of data, ${sizes.join(" x ")} need ${need}`);
  return success({ sizes, data: bytes.subarray(header) });
}
