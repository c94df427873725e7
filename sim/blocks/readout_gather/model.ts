/** Shape of an rtl/readout_gather.v. */
export interface GatherShape {
  readonly LANES: number;
  readonly ACTS: number;
  readonly WIDTH: number;
  readonly BEATS: number;
  readonly GROUPS: number;
  readonly DEPTH: number;
}

/** A beat of potentials, or the beat that closes a tick (its potentials mean nothing). */
export interface GatherBeat {
  readonly lanes: readonly bigint[];
  readonly last: boolean;
  readonly user: boolean;
}

/** What a slot holds: addresses of its weights and of its channel's table, and the potential. */
export interface Slot {
  readonly address: number;
  readonly table: number;
  readonly potential: bigint;
}

/** A beat on the output: `null` is an empty slot; none but empty slots on a last beat. */
export interface SlotBeat {
  readonly slots: readonly (Slot | null)[];
  readonly last: boolean;
  readonly user: boolean;
}

/** An entry of a bank's queue: what is left to send of a vector; nothing, on the entry that closes a tick. */
interface Entry {
  readonly offers: readonly Slot[];
  readonly user: boolean;
}

/**
 * rtl/readout_gather.v cycle by cycle after a reset: each call is one cycle, with what is offered (`null`: nothing)
 * and whether the sink is ready; it gives `ready` and the output beat of that cycle. `thresholds[g][l]` is the lowest
 * threshold of lane l in beats of group g.
 */
export function gatherModel(shape: GatherShape, thresholds: readonly (readonly bigint[])[]) {
  const { LANES, ACTS, BEATS, GROUPS, DEPTH } = shape;
  const slices = LANES / ACTS;
  let banks: readonly (readonly Entry[])[] = Array.from({ length: ACTS }, () => []);
  let taken: (GatherBeat & { readonly beat: number }) | null = null;
  let out: SlotBeat | null = null;
  let beat = 0;

  /** What a taken beat puts into bank j: nothing, if nothing of it leaves there. */
  const entryOf = (j: number): readonly Entry[] => {
    if (taken === null) return [];
    const { lanes, last, user, beat: k } = taken;
    if (last) return [{ offers: [], user }];
    const offers: Slot[] = [];
    for (let slice = 0; slice < slices; slice++) {
      const lane = slice * ACTS + j;
      const potential = lanes[lane] as bigint;
      if (potential >= (thresholds[k % GROUPS]?.[lane] as bigint))
        offers.push({ address: k * slices + slice, table: (k % GROUPS) * slices + slice, potential });
    }
    return offers.length === 0 ? [] : [{ offers, user }];
  };

  return (offered: GatherBeat | null, sinkReady: boolean) => {
    const ready = banks.every((bank) => bank.length <= DEPTH - 2);
    const shown = out;
    const step = out === null || sinkReady;
    const heads = banks.map((bank) => bank[0]);
    const close = heads.every((head) => head?.offers.length === 0);
    if (step) {
      const slots = heads.map((head) => head?.offers[0] ?? null);
      out = close
        ? { slots, last: true, user: heads[0]?.user ?? false }
        : slots.some((slot) => slot !== null)
          ? { slots, last: false, user: false }
          : null;
    }
    banks = banks.map((bank, j) => {
      const [head, ...rest] = bank;
      if (!step || head === undefined || (head.offers.length === 0 && !close))
        return [...bank, ...entryOf(j)];
      const left = head.offers.slice(1);
      return [...(left.length > 0 ? [{ ...head, offers: left }] : []), ...rest, ...entryOf(j)];
    });
    taken = offered !== null && ready ? { ...offered, beat } : null;
    if (taken !== null) beat = taken.last ? 0 : (beat + 1) % BEATS;
    return { ready, out: shown };
  };
}
