import { dirname, join } from "node:path";
import { diagnostic, failure, success } from "../../diagnostics/diagnostic.js";
import { readBytes } from "../../host/files.js";
import type { FrontEnd } from "../front-end.js";
import { importOnnx } from "./import.js";

/** Reads ONNX files. These describe their network themselves; external tensors are looked for beside them. */
export const onnxFrontEnd: FrontEnd = {
  endings: [".onnx"],
  read({ file, bytes, companion }) {
    if (companion !== undefined)
      return failure(diagnostic("network-not-used", { file: companion.file }, { checkpoint: file }));
    const externalData = (relative: string): Uint8Array | undefined => {
      const read = readBytes(join(dirname(file), relative));
      return read.ok ? read.value : undefined;
    };
    const model = importOnnx(bytes, file, { externalData });
    return model.ok ? success({ model: model.value, burnIn: undefined }, model.diagnostics) : model;
  },
};
