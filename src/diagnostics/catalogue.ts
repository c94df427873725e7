/**
 * How serious a diagnostic is. An error stops the stage. A warning matters: what is built may not be what was meant, or
 * is far from what was trained. A note is harmless: it says what was chosen where nobody chose.
 */
export type Severity = "error" | "warning" | "note";

/** Severity, text with typed `{holes}`, and what a user can do, where that is always the same; it may have holes too. */
export interface Entry {
  readonly severity: Severity;
  readonly text: string;
  readonly hint?: string;
  /** 1 where something fails that isn't the user's input (a tool, a simulation): the exit code of errors is else 2. */
  readonly exitCode?: 1;
}

/**
 * Every diagnostic there is. Codes are lower-kebab slugs and never reused; `{holes}` are typed: `diagnostic()`
 * demands each by name. A test enumerates this table and fails for a code without a fixture.
 */
export const catalogue = {
  // files
  "file-not-found": { severity: "error", text: "file not found: {path}" },
  "file-unreadable": { severity: "error", text: "cannot read {path}: {reason}" },
  "output-unwritable": { severity: "error", text: "cannot write {path}: {reason}" },
  "output-not-ours": {
    severity: "error",
    text: "{path} holds what spikec did not write: {files}; not replaced",
    hint: "move it away, or choose another directory with -o",
  },
  "output-is-read": {
    severity: "error",
    text: "{path} would take the place of {read}, which is read",
    hint: "choose another place for the output",
  },
  "output-inside": {
    severity: "error",
    text: "{path} lies in {folder}, a {kind} of spikec's, which would hold more than it says",
    hint: "choose a place outside of it",
  },
  "output-not-own-file": {
    severity: "error",
    text: "{path} is not {what}: not replaced",
    hint: "move it away, or choose another name",
  },
  "output-of-another-kind": {
    severity: "error",
    text: "{path} holds a {found} of spikec's, and this would be a {kind}: not replaced",
    hint: "choose another directory with -o",
  },
  "output-of-another": {
    severity: "error",
    text: "{path} is the build of another checkpoint, {other}: not replaced",
  },

  "temporary-unusable": {
    severity: "warning",
    text: "no temporary folder can be made in {path}: {reason}",
    hint: "set TMPDIR to a folder that you may write to",
  },
  "temporary-none": {
    severity: "error",
    text: "no temporary folder can be made in any of {places}: {reason}",
    hint: "set TMPDIR to a folder that you may write to",
    exitCode: 1,
  },
  "cache-unusable": {
    severity: "warning",
    text: "the cache of benches in {path} can't be used: {reason}",
    hint: "set SPIKEC_CACHE to a folder that you may write to; until then benches are built anew in each run",
  },

  // command line and spikec.yaml (src/cli, src/config)
  "cli-usage": { severity: "error", text: "{problem}" },
  "config-syntax": { severity: "error", text: "not valid YAML: {reason}" },
  "config-unknown-key": { severity: "error", text: "unknown key '{key}'" },
  "config-value": { severity: "error", text: "{key}: {problem}" },
  "config-twice": { severity: "error", text: "{former} is the former name of {key}: both are given" },
  "config-missing": { severity: "error", text: "no {what} given" },
  "key-overruled": {
    severity: "note",
    text: "{key} is {said} here and {have} {where}, which counts",
  },
  "config-unknown-layer": { severity: "error", text: "the network has no layer '{layer}'" },

  // programs that use the library (src/library)
  "argument-value": { severity: "error", text: "{key}: {problem}" },

  // arrays in and out (src/data)
  "idx-malformed": { severity: "error", text: "not a readable IDX file: {problem}" },
  "npy-malformed": { severity: "error", text: "not a readable .npy file: {reason}" },
  "npy-element-type": {
    severity: "error",
    text: "elements of type '{type}' are not read",
    hint: "integers, floats of 2, 4 and 8 bytes and bool are: array.astype('i4') and the like",
  },
  "npy-data-size": {
    severity: "error",
    text: "holds {have} bytes of elements, but shape ({shape}) of '{type}' takes {need}",
  },
  "npz-malformed": { severity: "error", text: "not a readable .npz file: {reason}" },
  "input-element-type": { severity: "error", text: "elements of type '{type}' can't be {what}" },
  "input-shape": {
    severity: "error",
    text: "array of shape ({have}) is no input of a network that reads ({need})",
  },
  "input-archive": {
    severity: "error",
    text: "an archive is an input where it holds one array; it holds {names}",
  },
  "input-layout": { severity: "error", text: "array of shape ({have}): {reason}" },
  "input-ambiguous": {
    severity: "error",
    text: "array of shape ({have}) can be read in several ways: {readings}",
  },
  "input-axes": {
    severity: "warning",
    text: "array of shape ({have}) is read as {reading}: more samples than ticks",
  },
  "input-empty": { severity: "error", text: "array of shape ({have}) has no {what}" },
  "input-not-binary": { severity: "error", text: "spikes are 0 or 1: {value} at {place}" },
  "input-cell-range": { severity: "error", text: "cell {value} at {place} is outside 0 to {last}" },
  "frame-length": {
    severity: "error",
    text: "samples of {have} ticks: this network was compiled for frames of {need} (--frame-ticks)",
  },
  "frame-too-long": {
    severity: "error",
    text: "samples of {have} ticks: a frame has {most} at most, since the hardware counts no further",
    hint: "limit them with --ticks, or cut them into several samples",
  },
  "burn-in-range": {
    severity: "error",
    text: "a burn-in of {ticks} ticks: it is an integer from 0 to {most}, since the hardware counts no further",
  },
  "burn-in-whole": {
    severity: "warning",
    text: "a burn-in of {burnIn} ticks leaves none of a frame of {ticks}: no tick votes, so that every class is 0",
    hint: "run more ticks, or compile with a burn-in below the length of a frame: --burn-in (`readout: burnIn:` in spikec.yaml)",
  },
  "input-too-short": { severity: "error", text: "{asked} {what} asked for, the input has {have}" },

  // lowering to integers
  "state-without-format": {
    severity: "error",
    text: "state '{state}' has no quantiser behind its last operation, and no format was chosen for it",
    hint: "export with a Quant node on every state, or let the compiler choose: give --calibration, or none for worst-case formats",
  },
  "lowering-constant-condition": {
    severity: "error",
    text: "the condition of select {where} is a constant",
    hint: "fold the constant branch before export",
  },
  "readout-activation": {
    severity: "error",
    text: "readout '{readout}' needs an activation quantised to unsigned integers of at most 12 bits, found {found}",
    hint: "put a Quant node with signed = 0 behind the activation",
  },
  "readout-scales": {
    severity: "error",
    text: "weight scales of readout '{readout}' differ between classes by a factor that is no power of two",
    hint: "export the readout with one scale for the whole weight tensor",
  },
  "operand-units": {
    severity: "error",
    text: "what the synapse of '{layer}' reads differs between channels by a gain, or has a constant added",
    hint: "move gains into the weights and constants into the bias, or quantise the operand with one scale",
  },
  "sum-too-wide": {
    severity: "error",
    text: "sums of '{where}' need {need} bits; 53 is the most that simulators hold exactly",
    hint: "use fewer state or weight bits",
  },
  "double-not-exact": {
    severity: "warning",
    text: "the potential of '{layer}' has {need} bits: a double-precision run rounds it and is no exact oracle",
  },
  // ONNX front end (src/frontends/onnx)
  "onnx-malformed": {
    severity: "error",
    text: "not a readable ONNX file: {reason}",
    hint: "export the model again; a valid file passes onnx.checker.check_model",
  },
  "onnx-tensor": {
    severity: "error",
    text: "tensor '{tensor}': {reason}",
    hint: "export the model again; a valid file passes onnx.checker.check_model",
  },
  "onnx-external-data": {
    severity: "error",
    text: "tensor '{tensor}' keeps its data in another file: {reason}",
    hint: "keep the data file beside the model, or save with save_as_external_data=False",
  },
  "onnx-too-large": {
    severity: "error",
    text: "{what} needs {count} elements, at most {limit} are accepted",
    hint: "no network for one FPGA is that large: check the shapes in the exporter",
  },
  "onnx-not-finite": { severity: "error", text: "{what} holds {value} at element {index}" },
  "onnx-undefined-tensor": {
    severity: "error",
    text: "tensor '{tensor}' is used before any node, input or initializer defines it",
    hint: "ONNX nodes stand in topological order; export the model again",
  },
  "onnx-duplicate-tensor": {
    severity: "error",
    text: "tensor '{tensor}' is defined a second time",
    hint: "every ONNX tensor has one definition; export the model again",
  },
  "onnx-duplicate-output": {
    severity: "error",
    text: "output {index} of the graph is called '{output}' like another",
    hint: "give every graph output a name of its own",
  },
  "onnx-operator": { severity: "error", text: "operator {operator} cannot be compiled: {reason}" },
  "onnx-attribute": {
    severity: "error",
    text: "attribute {attribute} = {value} cannot be compiled: {reason}",
    hint: "change it in the network's definition and export again",
  },
  "onnx-operand": {
    severity: "error",
    text: "{operand}: {reason}",
    hint: "constants come from initializers and Constant nodes, signals from the graph's inputs and states",
  },
  "onnx-shape": {
    severity: "error",
    text: "{what} has shape [{have}]: {reason}",
    hint: "export one tick of one sample: signals are [1, C, H, W] or [1, N]",
  },
  "onnx-rounding-mode": {
    severity: "error",
    text: "rounding mode {mode} cannot be compiled: {reason}",
    hint: "ROUND, HALF_EVEN, CEIL, FLOOR, UP, DOWN, ROUND_TO_ZERO, HALF_UP and HALF_DOWN are compiled exactly",
  },
  "onnx-zero-point": {
    severity: "error",
    text: "zero point {value} at element {index}: only 0 is compiled",
    hint: "train with a symmetric quantiser (Brevitas: Int8ActPerTensorFloat, Int8WeightPerTensorFloat)",
  },
  "onnx-quantiser": {
    severity: "error",
    text: "quantiser: {reason}",
    hint: "use Quant with a positive scale, zero point 0 and a constant width of 2 to 53 bits",
  },
  "onnx-constant-varies": {
    severity: "error",
    text: "constant '{tensor}' differs within channel {channel}",
    hint: "constants of a layer are one number, or one number a channel ([1, C, 1, 1])",
  },
  "onnx-spike-input": {
    severity: "error",
    text: "{count} inputs are neither parameters nor states ({names}); exactly one must carry the spikes",
    hint: "name each state's input X and its output X_next, or say state:X = X_next in metadata_props",
  },
  "onnx-states-paired": {
    severity: "note",
    text: "states have no names of their own, and only one pairing is possible by their shapes: {pairs}; '{spikes}' is the spikes",
    hint: "name each state's input X and its output X_next in the export (input_names, output_names) to be sure",
  },
  "onnx-state": {
    severity: "error",
    text: "state '{state}': {reason}",
    hint: "a state is a graph input X whose next value is a graph output X_next of the same shape",
  },
  "onnx-no-layer": {
    severity: "error",
    text: "the graph has no spiking layer",
    hint: "a layer is Conv, Gemm or MatMul with constant weights, and behind it Greater(potential, threshold)",
  },
  "onnx-unrolled": {
    severity: "error",
    text: "{what} of '{first}' again: several ticks are unrolled in the graph",
    hint: "one graph is one tick: export the step, each state an input X with an output X_next, and no loop over time (examples/export)",
  },
  "onnx-not-a-chain": { severity: "error", text: "{what}: {reason}" },
  "onnx-not-spikes": {
    severity: "error",
    text: "{what} must be spikes, but is {have}",
    hint: "a layer's spikes are Greater(potential, threshold) behind its Conv, Gemm or MatMul",
  },
  "onnx-readout": { severity: "error", text: "readout '{output}': {reason}" },
  "onnx-burn-in": {
    severity: "error",
    text: "metadata 'spikec.burn_in' is '{value}': expected an integer from 0 to {most}",
    hint: "it says how many ticks at a frame's start don't vote; leave it out, or mend it in metadata_props",
  },
  "onnx-lost-layer": {
    severity: "error",
    text: "output '{output}' is neither spikes nor a readout: the layer of {layer}, which leads to it alone, would be left out",
  },
  "onnx-unused-output": {
    severity: "warning",
    text: "graph output '{output}' is neither spikes, a state nor a readout, and is not compiled",
    hint: "leave it out of the export if it is not needed",
  },
  "onnx-unused-state": {
    severity: "note",
    text: "state '{state}' influences no layer, and is not compiled",
    hint: "leave it out of the export if it is not needed",
  },
  "onnx-division": {
    severity: "warning",
    text: "division by {divisor} is compiled as multiplication by its rounded reciprocal; last bits may differ",
    hint: "multiply by a constant instead",
  },

  // DCLL and DECOLLE front end (src/frontends/dcll)
  "pickle-malformed": {
    severity: "error",
    text: "not a readable pickle: {reason}",
    hint: "save the parameters again: torch.save(net.state_dict(), path), or a pickled dict of NumPy arrays",
  },
  "pickle-operation": {
    severity: "error",
    text: "operation {operation} at byte {offset} is not read: no dict of tensors needs it",
    hint: "save the parameters alone, with Python 3: torch.save(net.state_dict(), path)",
  },
  "pickle-global": {
    severity: "error",
    text: "'{global}' at byte {offset} is refused: a pickle can run any code, and this is no part of a tensor",
    hint: "save the parameters alone: torch.save(net.state_dict(), path), or a pickled dict of NumPy arrays",
  },
  "torch-malformed": {
    severity: "error",
    text: "not a readable PyTorch file: {reason}",
    hint: "save the parameters again: torch.save(net.state_dict(), path)",
  },
  "torch-legacy": {
    severity: "error",
    text: "saved in the form that PyTorch had before 1.6, which is not read",
    hint: "with torch >= 1.6: torch.save(torch.load(path, map_location='cpu'), path)",
  },
  "dcll-no-network": {
    severity: "error",
    text: "no parameters of a DCLL or DECOLLE network; it holds {found}",
    hint: "a state dict of another framework holds weights and no graph: export one tick to ONNX (examples/export); layers of DCLL and DECOLLE are layerN.i2h.*, layers.N.i2h.*, dcll_slices.N.dclllayer.i2h.* or LIF_layers.N.base_layer.*",
  },
  "dcll-missing": { severity: "error", text: "neither {checkpoint} nor {network} says {what}" },
  "dcll-parameter": { severity: "error", text: "{problem}" },
  "dcll-unread-parameter": {
    severity: "error",
    text: "no parameter of {code} layers or readouts: the network is another one than would be compiled",
    hint: "save the parameters of these layers alone, or export the network to QONNX",
  },
  "dcll-tau-varies": {
    severity: "error",
    text: "differs within channel {channel}: {first} at its first place, {other} at {at}",
    hint: "time constants are one number, or one number a channel",
  },
  "dcll-argument-differs": {
    severity: "warning",
    text: "{key} is {said} here and {have} in the checkpoint, which counts",
  },
  "decolle-layer-type": {
    severity: "warning",
    text: "the checkpoint doesn't say which neuron class was trained: taken as {type}",
    hint: "say lif_layer_type in the network file: BaseLIFLayer, LIFLayer, LIFLayerVariableTau, LIFLayerNonorm or LIFLayer-2020",
  },
  "network-syntax": { severity: "error", text: "not valid YAML: {reason}" },
  "network-unknown-key": { severity: "error", text: "unknown key '{key}'" },
  "network-value": { severity: "error", text: "{key}: {problem}" },
  "network-not-used": {
    severity: "error",
    text: "a network file, but {checkpoint} describes its network itself",
    hint: "leave --network (`network:` in spikec.yaml) out",
  },

  // consistency of a SpikingModel (src/passes/check-shapes.ts)
  "model-shape": { severity: "error", text: "{where}: {what} is {have}, needs {need}" },
  "model-operand": { severity: "error", text: "{where}: '{expr}' reads '{operand}', which {reason}" },
  "model-state": { severity: "error", text: "{where}: state '{state}' {reason}" },
  "model-value": { severity: "error", text: "{where}: {what} is {value}, needs {need}" },

  // builds, and the tools that run them
  "checkpoint-kind": {
    severity: "error",
    text: "neither its content nor its ending is of a checkpoint that spikec reads: {known}",
  },
  "not-a-build": {
    severity: "error",
    text: "{path} is no build of spikec: {reason}",
    hint: "make one with spikec compile",
  },
  "build-version": {
    severity: "error",
    text: "built by spikec {built}, this is {have}: it must be compiled again",
  },
  "manifest-syntax": {
    severity: "error",
    text: "not valid JSON: {reason}",
    hint: "make the build again with spikec compile",
  },
  "manifest-value": {
    severity: "error",
    text: "{key}: {problem}",
    hint: "make the build again with spikec compile",
  },
  "build-changed": {
    severity: "error",
    text: "{file} {how}: what the build was compiled from is another",
    hint: "compile the checkpoint again",
    exitCode: 1,
  },
  "build-edited": {
    severity: "error",
    text: "{file} {how}",
    hint: "compile the checkpoint again, or give --allow-edited where the edit is meant",
    exitCode: 1,
  },
  "build-edits": {
    severity: "warning",
    text: "an edited build, not what was compiled: {edits}",
  },
  "verify-reach": {
    severity: "warning",
    text: "this input reached {little}",
    hint: "more samples or ticks, or livelier ones, say more; the table shows all that was reached",
  },
  "tool-missing": {
    severity: "error",
    text: "{tool} is not installed",
    hint: "spikec doctor says how to get it",
    exitCode: 1,
  },
  "tool-unstartable": { severity: "error", text: "{tool} cannot be started: {reason}", exitCode: 1 },
  "tool-hangs": {
    severity: "error",
    text: "{tool} said nothing for {seconds} seconds, and was stopped",
    hint: "--tool-timeout <seconds> (`toolTimeout` in spikec.yaml) lets it be silent for longer, 0 for ever",
    exitCode: 1,
  },
  "tool-output": {
    severity: "error",
    text: "{tool} wrote more than {bytes} bytes to {where}, and was stopped",
    hint: "is the build's Verilog as spikec emitted it? compile it again",
    exitCode: 1,
  },
  "trace-cut": {
    severity: "error",
    text: "{tool} ended before it had written all that it computed",
    hint: "is the disk of TMPDIR full? spikec doctor says so",
    exitCode: 1,
  },
  "simulator-failed": { severity: "error", text: "{tool} failed to {what}:\n{output}", exitCode: 1 },
  "synthesis-failed": { severity: "error", text: "yosys failed on {module}:\n{output}", exitCode: 1 },
  "simulation-stuck": {
    severity: "error",
    text: "{simulator} did not finish within {cycles} cycles: stage '{stage}' closed {have} of {need} ticks",
    exitCode: 1,
  },

  // gains and decays (src/passes/fold-gains.ts, check-coefficients.ts)
  "coefficient-too-narrow": {
    severity: "error",
    text: "{where}: {value} rounds to 1 in {bits} bits, so that nothing would decay",
    hint: "give more --coefficient-bits; 17 is the most",
  },
  "coefficient-coarse": {
    severity: "warning",
    text: "{where}: {value} rounds to {rounded} in {bits} bits: what stands between it and 1, the leak, is off by {error} %, more than {most} %",
    hint: "give more --coefficient-bits; 17 is the most",
  },
  "gains-folded": {
    severity: "note",
    text: "the weights of layer '{layer}' take its gain, {gain}; states are stored divided by theirs: {states}",
  },

  // choice of readouts (src/passes/select-readouts.ts)
  "layers-left-out": {
    severity: "warning",
    text: "nothing reads {layers}, behind the last readout: left out",
    hint: "give the last layer a readout, or leave these layers out of the export",
  },
  "readout-renamed": {
    severity: "note",
    text: "readout '{readout}' has the name of a layer or of another readout: here it is '{now}'",
  },
  "readout-left-out": {
    severity: "note",
    text: "layer '{layer}' has several readouts: the last of them is compiled, '{readout}'",
    hint: "--readouts all (`readouts: all` in spikec.yaml) compiles every readout",
  },

  // traces behind the synapse (src/passes/commute-traces.ts)
  "traces-commuted": {
    severity: "note",
    text: "the traces of layer '{layer}' stand behind its synapse: {states}{dropped}",
  },
  "traces-not-commuted": {
    severity: "note",
    text: "the traces of layer '{layer}' stay before its synapse: {reason}",
  },

  // choice of formats (src/passes/choose-formats.ts, calibration.ts)
  "calibration-syntax": {
    severity: "error",
    text: "not valid JSON: {reason}",
    hint: 'a calibration is {"version": 1, "states": {"layer1.eps0": {"min": 0, "max": 12.5}}, "clips": {"layer1": 0.99}}',
  },
  "calibration-value": {
    severity: "error",
    text: "{key}: {problem}",
    hint: 'a calibration is {"version": 1, "states": {"layer1.eps0": {"min": 0, "max": 12.5}}, "clips": {"layer1": 0.99}}',
  },
  "calibration-unknown-state": {
    severity: "warning",
    text: "the network has no state '{state}'; its range is not used",
  },
  "calibration-unknown-layer": {
    severity: "warning",
    text: "the network has no layer '{layer}' whose weights are still real; its clip is not used",
  },
  "calibration-clips": {
    severity: "error",
    text: "layer '{layer}' has {need} output channels, but {have} clips",
    hint: "give one for all channels, or run spikec calibrate again",
  },
  "calibration-bits": {
    severity: "warning",
    text: "the clips were chosen for weights of {made} bits; these get {have}",
    hint: "run spikec calibrate again with the same --weight-bits",
  },
  "calibrate-nothing": {
    severity: "error",
    text: "every weight and state of '{name}' has a format of its own: there is nothing to calibrate",
    hint: "compile it as it is",
  },
  "calibration-not-ours": {
    severity: "error",
    text: "{path} is no calibration as spikec wrote it: not replaced",
    hint: "move it away, or choose another file with -o",
  },
  "weights-quantised": {
    severity: "note",
    text: "weights of {what} are rounded to {bits} bits, {scales}: {clipped} clipped, {error} % error (root mean square)",
  },
  "weights-coarse": {
    severity: "warning",
    text: "weights of {what} are rounded to {bits} bits, {scales}: {clipped} clipped, {error} % error (root mean square), more than {most} %",
    hint: "spikec calibrate chooses where weights are clipped; --weight-bits gives them more bits",
  },
  "state-format-calibrated": {
    severity: "note",
    text: "state '{state}' gets {bits} bits in units of {unit} for {low} to {high}: calibrated range {min} to {max}",
  },
  "state-format-worst-case": {
    severity: "note",
    text: "state '{state}' gets {bits} bits in units of {unit}: worst-case range {min} to {max}",
    hint: "give --calibration: ranges of real data leave more fraction bits",
  },
  "state-unbounded": {
    severity: "error",
    text: "state '{state}' grows without bound for the worst input, so that no format holds it",
    hint: "give --calibration with the range of this state on real data; it then saturates beyond that",
  },
  "activation-format": {
    severity: "note",
    text: "activation '{activation}' of readout '{readout}' is rounded to unsigned 8 bits in units of {unit}",
  },

  "wasm-too-wide": {
    severity: "error",
    text: "{where} takes {bits} bits; the wasm simulator computes in 64",
    hint: "use the golden simulator",
  },

  "cycles-simulator": {
    severity: "error",
    text: "the {simulator} simulator does not predict cycles",
    hint: "record cycles with the golden or the wasm simulator",
  },
  "cycles-long": {
    severity: "error",
    text: "{samples} samples x {ticks} ticks take about {cycles} cycles: with dense stages {most} are predicted at most",
    hint: "limit it with --samples and --ticks, to {fit} ticks in all: a dense stage takes the same cycles in every tick",
  },

  "evaluate-array": { severity: "error", text: "{what} of shape ({have}), need {need}" },
  "evaluate-no-readout": {
    severity: "error",
    text: "network '{name}' has no readout to evaluate",
    hint: "give it a readout, a linear layer behind its last spikes or potentials; spikec simulate --record spikes records what it sends",
  },
  "snr-value": {
    severity: "error",
    text: "the SNR of sample {sample} is {value}, no finite number",
    hint: "give each sample a number, one of its own for samples without noise",
  },
  "labels-left": {
    severity: "warning",
    text: "{what} are of {have} samples, the input has {samples}: the last {left} are left out",
    hint: "check that both are of the same samples; --samples {samples} says that they are meant",
  },
  "label-range": { severity: "error", text: "label {value} of sample {sample} is outside 0 to {last}" },

  // mapping
  "lanes-do-not-divide": {
    severity: "error",
    text: "{name} = {lanes} does not divide {channels}; possible: {divisors}",
  },
  "engine-event": {
    severity: "error",
    text: "layer '{layer}' can't be computed on events: {reason}",
    hint: "try --traces commuted, which moves traces behind the synapse, or --engine auto",
  },
  "engine-auto-dense": {
    severity: "note",
    text: "layer '{layer}' is computed densely: {reason}",
  },
  "option-unused": { severity: "error", text: "{what} has no effect: {reason}" },
  "device-too-small": {
    severity: "error",
    text: "'{name}' does not fit {device}: {uses} of it",
    hint: "fewer lanes, or layers on another engine; spikec estimate says what each stage takes; --force builds it all the same",
    exitCode: 1,
  },
  "target-missed": {
    severity: "error",
    text: "a tick takes {cycles} cycles in {where}, the target is {target}",
    exitCode: 1,
  },
  "target-open": {
    severity: "warning",
    text: "ticks without events keep the target of {target} cycles; whether those with events do depends on the spikes in {stages}",
    hint: "spikec compile --input x.npy holds it to your spikes",
  },
  "budget-missed": {
    severity: "error",
    text: "'{name}' takes more than {budget} % of {device}: {uses}",
    hint: "fewer lanes, or layers on another engine; the table says what each stage takes",
    exitCode: 1,
  },
  "pool-twice": {
    severity: "error",
    text: "layer '{layer}' pools the sums before its neurons and the spikes behind them",
    hint: "a layer is built with one pool: leave out one of the two MaxPool, or put Conv and Greater between them",
  },
  "event-lanes": {
    severity: "error",
    text: "{lanes} lanes for {channels} channels at once; possible: {possible}",
  },
  "vote-counts": {
    severity: "error",
    text: "the spikes of '{name}' are not counted: {reason}",
    hint: "counts are the vote of a network that ends in the spikes of a vector of neurons; other votes: majority, sum, last",
  },
  "readout-pool": {
    severity: "error",
    text: "readout '{readout}' pools otherwise than its layer '{layer}'",
    hint: "pool the readout's activations as the layer pools its spikes",
  },
} as const satisfies Record<string, Entry>;

/** A diagnostic's code: a key of {@link catalogue}. */
export type Code = keyof typeof catalogue;

/** `{word}` is a hole; braces around more than a word, as JSON and YAML in hints have them, are none. */
type Holes<S extends string> = S extends `${string}{${infer H}}${infer R}`
  ? H extends `${string}${" " | '"' | "{"}${string}`
    ? Holes<`${H}}${R}`>
    : H | Holes<R>
  : never;

type Hint<E extends Entry> = E extends { readonly hint: infer H extends string } ? H : "";

/** The holes that text and hint of code `C` have, each of which `diagnostic()` demands. */
export type Args<C extends Code> = Readonly<
  Record<Holes<(typeof catalogue)[C]["text"] | Hint<(typeof catalogue)[C]>>, string | number>
>;
