/* What scanner.ts needs of WebAssembly, of which only the types for browsers tell. https://webassembly.github.io/spec/js-api/ */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, object>);
    readonly exports: object;
  }
  interface Memory {
    /** Another one when the memory has grown. */
    readonly buffer: ArrayBuffer;
  }
  interface Global {
    value: number;
  }
}
