import type { ElementType, StoredTensor } from "./tensor.js";

/** A global that a pickle names: compared with a list, never looked up. */
export interface Global {
  readonly kind: "global";
  /** `module.name`. */
  readonly name: string;
}

/** Objects that a pickle of arrays or tensors is made of. Where Python sets a state later, it is set here later. */
export type PickledObject =
  | Global
  | { readonly kind: "dtype"; readonly type: ElementType; bigEndian: boolean }
  | { readonly kind: "storage"; readonly type: ElementType; readonly bytes: Uint8Array }
  | { readonly kind: "array"; tensor: StoredTensor | undefined };

/** A value of a pickle. Lists and tuples are both arrays; a value may hold itself, so that nothing may walk it. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | PickledObject;

/** What makes and changes the objects of a pickle; throws a PickleError where it can't. */
export interface PickleHost {
  /** Whether a global, `module.name`, may be named at all. */
  allows(global: string): boolean;
  /** What calling a global gives. */
  call(global: Global, args: readonly Pickled[]): Pickled;
  /** Gives an object the state that was saved with it. */
  setState(object: Pickled, state: Pickled): void;
  /** The object that stands outside the pickle under this id. */
  persistent(id: Pickled): Pickled;
}

/** What is wrong with a pickle, in words; `unpickle` adds the place. */
export class PickleError extends Error {}

/** Whether a value is an object of one kind. */
export function isObject<K extends PickledObject["kind"]>(
  value: Pickled | undefined,
  kind: K,
): value is Extract<PickledObject, { kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}
