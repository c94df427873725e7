import { dirname } from "node:path";
import { catching, diagnostic, failure, success } from "../../diagnostics/diagnostic.js";
import { checkpointLimitBytes, type FrontEnd } from "../front-end.js";
import { burnInOf } from "./burn-in.js";
import { decodeOnnx } from "./decode.js";
import { externalDataIn } from "./external-data.js";
import { importGraph } from "./import.js";
import type { ExternalData } from "./tensor.js";

/** Reads ONNX files. These describe their network themselves; tensors in other files are looked for beside them. */
export const onnxFrontEnd: FrontEnd = {
  endings: [".onnx"],
  // The version of the format, which all writers put first: field 1, a number.
  recognises: ([field, version = 0]) => field === 0x08 && version >= 3 && version < 64,
  read({ file, bytes, companion, beside }) {
    if (companion !== undefined)
      return failure(diagnostic("network-not-used", { file: companion.file }, { checkpoint: file }));
    const read = new Map<string, Uint8Array>();
    const stored: ExternalData =
      beside === undefined ? externalDataIn(dirname(file), checkpointLimitBytes) : (path) => beside.get(path);
    const externalData: ExternalData = (path) => {
      const found = read.get(path) ?? stored(path);
      if (!(found instanceof Uint8Array)) return found;
      const bytes = [...new Map([...read, [path, found]]).values()].reduce(
        (sum, { length }) => sum + length,
        0,
      );
      if (bytes > checkpointLimitBytes)
        return { reason: `the files beside the model hold more than ${checkpointLimitBytes} bytes` };
      read.set(path, found);
      return found;
    };
    return catching(() => {
      const graph = decodeOnnx(bytes, file);
      const model = importGraph(graph, { externalData });
      const burnIn = burnInOf(graph);
      const said = [...model.diagnostics, ...burnIn.diagnostics];
      return model.ok && burnIn.ok
        ? success({ model: model.value, burnIn: burnIn.value, beside: read }, said)
        : failure(...said);
    });
  },
};
