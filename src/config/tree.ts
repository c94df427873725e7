/** Keys and values within each other, as a configuration file has them. */
export type Tree = Readonly<Record<string, unknown>>;

/** Whether a value has keys. */
export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a path; undefined where there is none. */
export const valueAt = (tree: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isTree(at) && Object.hasOwn(at, key) ? at[key] : undefined), tree);

/** `tree` with `value` at `path`; where there is something else than keys and values on the way, it stays as it is. */
export function withValue(tree: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (tree !== undefined && !isTree(tree)) return tree;
  return { ...tree, [key]: withValue(tree?.[key], rest, value) };
}

/** `tree` without the key that `path` ends in. */
export function without(tree: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || !isTree(tree) || !Object.hasOwn(tree, key)) return tree;
  const { [key]: value, ...others } = tree;
  return rest.length === 0 ? others : { ...others, [key]: without(value, rest) };
}
