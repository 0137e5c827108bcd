import { CONTROL, LOOK, MAY_SLEEP } from "../program/barrier.ts";
import { openFile } from "./liveness.ts";
import { KIND, MAIL, MOST_TEXT, SLOT } from "./mailbox.ts";

/** Looks at the mailbox before a worker sleeps: some 250 µs, in which the caller gets its next batch ready. */
const SPINS = 100_000;

/**
 * The program of a worker, as text: a package in one file has no other file to start a worker from. The build writes it
 * to `worker.js`, too, for pages that want to serve it themselves.
 * A worker has a message each for its start and for every program, and between messages waits for commands.
 */
export const workerSource: string = `"use strict";
let mail, memory, control, slot, thread, threads;
let done = 0;
const programs = new Map();

const stop = () => {
  Atomics.store(control, ${CONTROL.stopped / 4}, 1);
  Atomics.add(control, ${CONTROL.generation / 4}, 1);
  Atomics.notify(control, ${CONTROL.generation / 4});
};

const fail = (error) => {
  const text = new TextEncoder().encode(String(error && error.message || error)).subarray(0, ${MOST_TEXT});
  new Uint8Array(mail.buffer, 4 * (slot + ${SLOT.error}), ${MOST_TEXT}).set(text);
  Atomics.store(mail, slot + ${SLOT.errorLength}, Math.max(1, text.length));
};

const finish = (number) => {
  done = number;
  Atomics.store(mail, slot + ${SLOT.done}, number);
  if (Atomics.load(mail, ${MAIL.mainSleeps})) Atomics.notify(mail, slot + ${SLOT.done});
};

const run = (number) => {
  let status = 0;
  try {
    const { main, length } = programs.get(mail[${MAIL.program}]);
    const given = Array.from(mail.subarray(${MAIL.arguments}, ${MAIL.arguments} + length - 2));
    status = main(thread, threads, ...given);
  } catch (error) {
    fail(error);
    status = -1;
  }
  if (status !== 0) stop();
  Atomics.store(mail, slot + ${SLOT.status}, status);
  finish(number);
};

const serve = () => {
  for (;;) {
    let spins = ${SPINS};
    while (Atomics.load(mail, ${MAIL.number}) === done) {
      if (--spins > 0) continue;
      Atomics.add(mail, ${MAIL.sleepers}, 1);
      Atomics.wait(mail, ${MAIL.number}, done);
      Atomics.sub(mail, ${MAIL.sleepers}, 1);
    }
    if (Atomics.load(mail, ${MAIL.kind}) === ${KIND.listen}) return;
    run(Atomics.load(mail, ${MAIL.number}));
  }
};

const openFile = () => {${openFile}
};

const receive = (message) => {
  if (message.start) {
    ({ mail, memory, thread, threads } = message.start);
    control = new Int32Array(memory.buffer, message.start.control, 4);
    slot = ${MAIL.slots} + ${SLOT.words} * (thread - 1);
    Atomics.store(mail, slot + ${SLOT.file}, openFile());
  }
  try {
    if (message.remove !== undefined) programs.delete(message.remove);
    if (message.add) {
      const { program, module, imports: [from, name] } = message.add;
      const made = new WebAssembly.Instance(module, { [from]: { [name]: memory, ${LOOK}() {} } }).exports;
      if (made.${MAY_SLEEP}) made.${MAY_SLEEP}.value = 1;
      programs.set(program, { main: made.main, length: made.main.length });
    }
  } catch (error) {
    fail(error);
  }
  finish(message.number);
  serve();
};

const node = globalThis.process && process.getBuiltinModule && process.getBuiltinModule("node:worker_threads");
if (node && node.parentPort) node.parentPort.on("message", receive);
else globalThis.onmessage = ({ data }) => receive(data);
`;
