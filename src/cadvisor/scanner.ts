import type { AnswerRead } from './answerRead.ts';
import { SCAN_WASM } from './scan/wasm.ts';
import { createHost, type Scanner } from './scanHost.ts';
import type { ScanExports } from './scanMemory.ts';

/** A scanner whose memory has become larger is not kept: memory of WebAssembly never shrinks. */
const MAX_KEPT_BYTES = 64 * 2 ** 20;

let module: WebAssembly.Module | null = null;
let kept: Scanner | null = null;

/** Reads an answer with this thread's scanner, which is kept for the next. */
export function withScanner<Result>(answer: AnswerRead, read: (exports: ScanExports) => Result): Result {
  const scanner = kept ?? createScanner();
  kept = null;
  const { memory, __stack_pointer } = scanner.exports;
  const stackPointer = __stack_pointer.value;
  scanner.answer = answer;
  try {
    return read(scanner.exports);
  } finally {
    // A fault is thrown through the scanner's frames, which do not clean up.
    __stack_pointer.value = stackPointer;
    scanner.answer = null;
    if (memory.buffer.byteLength <= MAX_KEPT_BYTES) kept = scanner;
  }
}

function createScanner(): Scanner {
  module ??= new WebAssembly.Module(Buffer.from(SCAN_WASM, 'base64'));
  const scanner = { bytes: Buffer.alloc(0), answer: null } as Partial<Scanner> as Scanner;
  const { exports } = new WebAssembly.Instance(module, { host: createHost(scanner) });
  return Object.assign(scanner, { exports: exports as ScanExports });
}
