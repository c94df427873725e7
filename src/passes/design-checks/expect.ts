import { invariant } from "../../diagnostics/diagnostic.js";

/** A fact of a design and what it must be: anything else is a bug of the compiler, and thrown. */
export function equal<T extends string | number | boolean>(what: string, have: T, need: T): void {
  invariant(have === need, `${what} is ${have}, must be ${need}`);
}

/** Lanes are a whole number that divides `channels`. */
export function divides(what: string, lanes: number, channels: number): void {
  const sound = Number.isInteger(lanes) && lanes >= 1 && channels % lanes === 0;
  invariant(sound, `${what}: ${lanes} lanes do not divide ${channels}`);
}
