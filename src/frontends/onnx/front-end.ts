import { dirname } from "node:path";
import { catching, diagnostic, failure, success } from "../../diagnostics/diagnostic.js";
import { checkpointLimitBytes, type FrontEnd } from "../front-end.js";
import { burnInOf } from "./burn-in.js";
import { decodeOnnx } from "./decode.js";
import { externalDataIn } from "./external-data.js";
import { importGraph } from "./import.js";

/** Reads ONNX files. These describe their network themselves; external tensors are looked for beside them. */
export const onnxFrontEnd: FrontEnd = {
  endings: [".onnx"],
  read({ file, bytes, companion }) {
    if (companion !== undefined)
      return failure(diagnostic("network-not-used", { file: companion.file }, { checkpoint: file }));
    const externalData = externalDataIn(dirname(file), checkpointLimitBytes);
    return catching(() => {
      const graph = decodeOnnx(bytes, file);
      const model = importGraph(graph, { externalData });
      const burnIn = burnInOf(graph);
      const said = [...model.diagnostics, ...burnIn.diagnostics];
      return model.ok && burnIn.ok
        ? success({ model: model.value, burnIn: burnIn.value }, said)
        : failure(...said);
    });
  },
};
