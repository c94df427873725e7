import { type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import type { Written } from "../diagnostics/overruled.js";
import { isTree, valueAt, without, withValue } from "./tree.js";

/** Keys that had another name, which still works where the new one isn't given. */
const renamed: readonly { readonly former: readonly string[]; readonly key: readonly string[] }[] = [
  { former: ["simulation", "engine"], key: ["simulation", "simulator"] },
  { former: ["verify", "engines"], key: ["verify", "simulators"] },
];

/** A configuration as it was written, and where: the place of a key, or the nearest around it; or of the key alone. */
export interface WrittenConfig {
  readonly tree: unknown;
  locate(path: readonly string[]): Loc;
  readonly written: Written;
}

/** The same with every key under the name that it has now. A key under both names is refused. */
export function withNewNames({ tree, locate, written }: WrittenConfig): WrittenConfig & {
  readonly twice: readonly Diagnostic[];
  /** A key as it was written: under its former name where that was used. */
  nameOf(path: readonly string[]): string;
} {
  const found = renamed.filter(({ former }) => hasKey(tree, former));
  const twice = found
    .filter(({ former, key }) => valueAt(tree, former) !== undefined && valueAt(tree, key) !== undefined)
    .map(({ former, key }) => givenTwice(former.join("."), key.join("."), locate(former), locate(key)));
  const moved = found.reduce<unknown>((all, { former, key }) => {
    const value = valueAt(all, former);
    const rest = without(all, former);
    return value === undefined || valueAt(all, key) !== undefined ? rest : withValue(rest, key, value);
  }, tree);
  /** The path as it was written. */
  const formerly = (path: readonly string[]): readonly string[] => {
    const from = found.find(({ key }) => key.every((name, i) => name === path[i]));
    return from === undefined ? path : [...from.former, ...path.slice(from.key.length)];
  };
  return {
    tree: moved,
    locate: (path) => locate(formerly(path)),
    written: (path) => written(formerly(path)),
    nameOf: (path) => formerly(path).join("."),
    twice,
  };
}

/** A value is given by its former name and by its name. */
export function givenTwice(former: string, key: string, at: Loc, there: Loc): Diagnostic {
  const notes = [{ text: `${key} stands here`, loc: there }];
  return diagnostic("config-twice", at, { former, key }, { notes, hint: `leave ${former} out` });
}

const hasKey = (tree: unknown, path: readonly string[]): boolean => {
  const parent = valueAt(tree, path.slice(0, -1));
  return isTree(parent) && Object.hasOwn(parent, path.at(-1) as string);
};
