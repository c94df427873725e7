/**
 * What of JavaScript's WebAssembly this simulator uses. TypeScript has its types in the DOM's library alone, which a
 * program for Node must not see.
 */

/** A compiled module: immutable, and cloned for another thread at no cost. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: "WebAssembly.Module";
}

/** What a generated module exports. */
export interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly tick: () => void;
  readonly count: () => void;
}

const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => WasmModule;
    readonly Instance: new (module: WasmModule) => { readonly exports: WasmExports };
  };
};

/** Compiles a module; invalid bytes throw. */
export const compileModule = (bytes: Uint8Array): WasmModule => new WebAssembly.Module(bytes);

/** Instantiates a module with a memory of its own. */
export const instantiate = (module: WasmModule): WasmExports => new WebAssembly.Instance(module).exports;
