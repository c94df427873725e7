import { type Result, success } from "../../diagnostics/diagnostic.js";
import type { CompanionFile, FrontEnd, Imported } from "../front-end.js";
import { importDcll } from "./import.js";
import { type NetworkFile, parseNetwork } from "./network-file.js";
import { isArchive } from "./state-dict.js";

/** Reads parameters of DCLL's and DECOLLE's training code; the companion is their network file. */
export const dcllFrontEnd: FrontEnd = {
  endings: [".pkl", ".pth", ".pt", ".tar"],
  recognises: (bytes) => isArchive(bytes) || isPickle(bytes),
  read({ file, bytes, companion }) {
    const network = networkOf(companion);
    if (!network.ok) return network;
    const model = importDcll(bytes, file, network.value);
    return model.ok
      ? success({ model: model.value, burnIn: burnInOf(network.value) }, model.diagnostics)
      : model;
  },
};

/** A pickle of protocols 2 to 5. */
const isPickle = ([proto, version = 0]: Uint8Array): boolean =>
  proto === 0x80 && version >= 2 && version <= 5;

function burnInOf(network: NetworkFile | undefined): Imported["burnIn"] {
  const ticks = network?.spec.burnin;
  return network === undefined || ticks === undefined
    ? undefined
    : { ticks, key: "burnin", from: "network file", loc: network.locate(["burnin"]) };
}

const networkOf = (companion: CompanionFile | undefined): Result<NetworkFile | undefined> =>
  companion === undefined ? success(undefined) : parseNetwork(companion.text, companion.file);
