import { unzipSync } from "fflate";
import { DiagnosticError, diagnostic, type Loc } from "../../diagnostics/diagnostic.js";

/** The parts of a file that `torch.save` wrote (PyTorch 1.6 and later): a zip without compression. */
export interface TorchArchive {
  /** The pickle, and where in the file it stands. */
  readonly pickle: Uint8Array;
  readonly loc: Loc;
  /** Bytes of a storage by its key. */
  readonly storages: ReadonlyMap<string, Uint8Array>;
}

/** Most members of an archive: a bound on time for hostile directories. */
const memberLimit = 2 ** 14;

/**
 * Takes a PyTorch file apart; throws a DiagnosticError where it is none. Members must be stored, as PyTorch writes
 * them, and together fit into the file: what is copied is never more than what is there.
 */
export function readArchive(bytes: Uint8Array, file: string): TorchArchive {
  const refuse = (reason: string): never => {
    throw new DiagnosticError(diagnostic("torch-malformed", { file }, { reason }));
  };
  const members = unzipStored(bytes, refuse);
  const [pickle, ...others] = [...members.keys()].filter((name) => name.endsWith("/data.pkl"));
  if (pickle === undefined || others.length > 0) return refuse("it has no data.pkl, or several");
  const root = pickle.slice(0, -"data.pkl".length);
  const order = members.get(`${root}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order).trim() !== "little")
    refuse("its numbers are big-endian: only little-endian ones are read");
  const storages = [...members].filter(([name]) => name.startsWith(`${root}data/`));
  return {
    pickle: members.get(pickle) as Uint8Array,
    loc: { file, name: pickle },
    storages: new Map(storages.map(([name, content]) => [name.slice(`${root}data/`.length), content])),
  };
}

/** Members that matter: `<root>/data.pkl`, `<root>/byteorder`, `<root>/data/<key>`. */
const wanted = /^[^/]+\/(data\.pkl|byteorder|data\/[^/]+)$/;

function unzipStored(bytes: Uint8Array, refuse: (reason: string) => never): ReadonlyMap<string, Uint8Array> {
  const sizes = new Map<string, number>();
  let count = 0;
  let total = 0;
  const filter = (member: { name: string; size: number; originalSize: number; compression: number }) => {
    if (++count > memberLimit) refuse(`it has more than ${memberLimit} members`);
    if (!wanted.test(member.name)) return false;
    if (member.compression !== 0)
      refuse(`member '${member.name}' is compressed, which torch.save never does`);
    total += member.size;
    if (!(total <= bytes.length)) refuse("its members are larger than the file");
    if (sizes.has(member.name)) refuse(`member '${member.name}' is there twice`);
    sizes.set(member.name, member.size);
    return true;
  };
  let members: Readonly<Record<string, Uint8Array>>;
  try {
    members = unzipSync(bytes, { filter });
  } catch (error) {
    if (error instanceof DiagnosticError) throw error;
    return refuse(error instanceof Error ? error.message : String(error));
  }
  for (const [name, size] of sizes) if (members[name]?.length !== size) refuse(`member '${name}' is cut off`);
  return new Map(Object.entries(members));
}
