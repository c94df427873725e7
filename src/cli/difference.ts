import type { Difference } from "../commands/verify.js";

/** A difference in one line. */
export function printDifference(d: Difference): string {
  const place = `sample ${d.sample}, tick ${d.tick}, layer ${d.layer}, ${d.signal}`;
  return `${place}, channel ${d.channel}, y ${d.y}, x ${d.x}: expected ${d.expected}, actual ${d.actual}`;
}
