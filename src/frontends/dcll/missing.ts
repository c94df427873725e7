import { type Diagnostic, diagnostic, type Loc } from "../../diagnostics/diagnostic.js";
import { argumentOf, type Context } from "./context.js";
import { storedInputShape } from "./geometry.js";

/** Something that neither the checkpoint nor the network file says: its key, a line that would say it, and where. */
interface Missing {
  readonly key: string;
  readonly line: string;
  readonly about?: string;
  readonly path: readonly string[];
}

const saying = ({ line, about }: Missing): string => `\`${line}\`${about === undefined ? "" : ` (${about})`}`;

/** Asks for all that checkpoint and network file lack together, by the names that the file has for it. */
export function missingOf(ctx: Context): readonly Diagnostic[] {
  const missing = [...missingShapes(ctx), ...missingArguments(ctx)];
  const { file: checkpoint, network } = ctx;
  if (missing.length === 0) return [];
  if (network !== undefined)
    return missing.map((each) => {
      const loc: Loc = each.path.length === 0 ? { file: network.file } : network.locate(each.path);
      const args = { checkpoint, network: "this file", what: each.key };
      return diagnostic("dcll-missing", loc, args, { hint: `add ${saying(each)}` });
    });
  const what = missing.map(({ key }) => key).join(", ");
  const args = { checkpoint: "the checkpoint", network: "a network file (none is given)", what };
  const lines = missing.map(saying).join(", ");
  const hint = `give --network net.yaml (\`network:\` in spikec.yaml) with ${lines}`;
  return [diagnostic("dcll-missing", { file: checkpoint }, args, { hint })];
}

function missingShapes(ctx: Context): readonly Missing[] {
  const spec = ctx.network?.spec ?? {};
  const convs = ctx.found.layers.filter((l) => l.kind === "conv2d");
  const missing: Missing[] = [];
  if (spec.input_shape === undefined && storedInputShape(ctx) === undefined)
    missing.push({ key: "input_shape", line: "input_shape: [C, H, W]", path: [] });
  if (spec.conv_layers === undefined && convs.length > 0) {
    const line = `conv_layers: [${convs.map(() => "{padding: …, pooling: …}").join(", ")}]`;
    missing.push({ key: "conv_layers (padding and pooling of each)", line, path: [] });
  }
  for (const { index } of convs) {
    const layer = spec.conv_layers?.[index];
    const path = ["conv_layers", `${index}`];
    for (const key of ["padding", "pooling"] as const)
      if (layer !== undefined && layer[key] === undefined)
        missing.push({ key: [...path, key].join("."), line: `${key}: …`, path });
  }
  return missing;
}

/** Arguments of the training scripts that no state dict holds; DCLL's decays stand in most. */
function missingArguments(ctx: Context): readonly Missing[] {
  const { code, layers } = ctx.found;
  const said = (key: "alpha" | "alphas" | "alpharp") => ctx.network?.spec[key] !== undefined;
  const asked = (key: string, about: string): Missing => ({ key, line: `${key}: …`, about, path: [] });
  const missing: Missing[] = [];
  const weight = (index: number): number | undefined =>
    argumentOf(ctx, "arp", index) ?? argumentOf(ctx, "wrp", index);
  if (code === "decolle" && weight(0) === undefined)
    missing.push(asked("wrp", "weight of the refractory term, 0 for none; LIFLayer's default is 1.0"));
  for (const key of ["alpha", "alphas"] as const)
    if (code === "dcll" && !said(key) && layers.some((l) => !ctx.tensors.has(`${l.prefix}i2h.${key}`)))
      missing.push(asked(key, "a decay from 0 to below 1"));
  if (!said("alpharp") && layers.some(({ index }) => (weight(index) ?? 0) > 0))
    missing.push(asked("alpharp", "decay of the refractory term; the training scripts' default is 0.65"));
  return missing;
}
