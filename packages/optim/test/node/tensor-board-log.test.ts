import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { train } from "@org/optim";
import { tensorBoardLog } from "@org/optim/node";
import { expect, test } from "vitest";
import { crc32c, eventBytes } from "../../src/node/event-file.ts";

test("checksums are those of RFC 3720", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
});

/** Bytes that TensorBoard's own reader has read: scripts/fixtures/event_file.py makes and reads them. */
const fixture = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/event-file.json"), "utf8"),
) as { records: Parameters<typeof eventBytes>[0][]; base64: string[] };

test("records are, byte for byte, those of TensorBoard's own writer", () => {
  expect(fixture.records.length).toBeGreaterThan(3);
  fixture.records.forEach((record, i) => {
    expect(Buffer.from(eventBytes(record)).toString("base64")).toBe(fixture.base64[i]);
  });
});

test("a file for each start, whole records, validation and numbers of one's own", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "events-")), "logs");
  const run = () =>
    train({
      step: (loss: number) => ({ loss }),
      data: () => [3, 2, 1],
      epochs: 1,
      validate: () => ({ loss: 0.5 }),
      callbacks: [tensorBoardLog(folder, { scalars: (step) => ({ "gradients/W": step }) })],
    });
  await run();
  await run();
  const files = readdirSync(folder);
  expect(files).toHaveLength(2);
  expect(files.every((name) => name.includes("tfevents"))).toBe(true);
  const bytes = readFileSync(join(folder, files[0]!));
  const records: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    records.push(bytes.toString("latin1", at + 12, at + 12 + length));
    at += length + 16;
  }
  expect(records).toHaveLength(1 + 3 + 1);
  expect(records[0]).toContain("brain.Event:2");
  for (const record of records.slice(1, 4)) expect(record).toMatch(/loss[\s\S]*gradients\/W/);
  expect(records[4]).toContain("validation/loss");
});
