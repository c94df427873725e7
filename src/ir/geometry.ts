/**
 * Geometry: in how many words and groups a stage takes a layer's map, a readout's potentials. Made once, by
 * src/mapping/geometry.ts; emit, cost, cycles and co-simulation read it.
 */

/** What a word of neurons holds: `channels` channels at `columns` neighbours of a row. Place = column · channels + channel. */
export interface Word {
  readonly channels: number;
  readonly columns: number;
}

/** How a stage takes the sums of its synapse. */
export interface SumGeometry {
  /** Whether the sums of a window become one (rtl/max_window.v): neurons are whole windows. */
  readonly pooled: boolean;
  /** Sums that are taken at once, and how often in a tick; as neurons, where they are not pooled. */
  readonly word: Word;
  readonly words: number;
}

/** How a stage's neurons are computed and sent. */
export interface NeuronGeometry {
  readonly sums: SumGeometry;
  /** Neurons that are computed at once. */
  readonly word: Word;
  /** Neurons that are sent at once: columns of one pool window are merged. */
  readonly sentWord: Word;
  /** Groups of channels, a word's each: words at a position. */
  readonly groups: number;
  /** Words of a tick: the depth of state memories. */
  readonly words: number;
  /** Words that are sent in a tick: whole pool windows. */
  readonly sentWords: number;
  /**
   * Pool window of neurons or of sums, 1 × 1 for none, and how many of them, those that the map of neurons cuts off
   * among them.
   */
  readonly pool: readonly [height: number, width: number];
  readonly windows: readonly [rows: number, columns: number];
}

/** A dense stage: it reads words of its input for every word of neurons. */
export interface DenseGeometry extends NeuronGeometry {
  /** Inputs that are read at once. */
  readonly inWord: Word;
  /** Groups of input channels, and words of the input. */
  readonly inGroups: number;
  readonly inWords: number;
  /** Beats of a word of neurons, and of a tick's walk. */
  readonly taps: number;
  readonly beats: number;
  /** Words of the weight memory. */
  readonly weightWords: number;
}

/** An event stage: events add to accumulators, a sweep reads them. */
export interface EventGeometry extends NeuronGeometry {
  /** Groups of channels that an event adds to one after the other, and words of neurons in one. */
  readonly eventGroups: number;
  readonly slices: number;
  /** Words of the weight memory: channels in, groups of channels out, kernel rows, rows of weights of each. */
  readonly weightWords: number;
}

/** A readout: words of potentials, cut into slices of activations. */
export interface ReadoutGeometry {
  /** Words of potentials of a tick, and slices of a word. */
  readonly words: number;
  readonly slices: number;
  /** Least beats of a tick: a slice each; on events zeros take none, but a word does. */
  readonly beats: number;
  /** Slices, and words, after which the channels come again; 1 where all channels have the same thresholds. */
  readonly tables: number;
  readonly vectors: number;
  /** Bits of the number of a slot's table, and of its weights' address (rtl/readout_gather.v). */
  readonly tableBits: number;
  readonly addressBits: number;
}
