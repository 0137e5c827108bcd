/** The tool: answers each line of standard input, a message of GradBench, by a line of standard output. */
import { createInterface } from "node:readline";
import type { Message } from "./protocol.ts";
import { respond } from "./respond.ts";

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") continue;
  process.stdout.write(`${JSON.stringify(respond(JSON.parse(line) as Message))}\n`);
}
