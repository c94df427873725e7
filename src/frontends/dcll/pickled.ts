import type { Global, PickledObject } from "./objects.js";

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
