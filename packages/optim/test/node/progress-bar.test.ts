/** What a terminal sees, and what a file sees in its place. */
import { Writable } from "node:stream";
import { train } from "@org/optim";
import { type ProgressStream, progressBar } from "@org/optim/node";
import { describe, expect, test } from "vitest";

/** A stream that keeps what is written to it. */
function screen(isTTY: boolean): { stream: ProgressStream; text: () => string } {
  let text = "";
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 100, rows: 20 }), text: () => text };
}

const run = (
  callbacks: ReturnType<typeof progressBar>[],
  data: number[] | (() => number[]),
): Promise<unknown> =>
  train({
    step: (x: number) => ({ loss: x / 3, accuracy: 1 }),
    validate: () => ({ loss: 0.5 }),
    data,
    epochs: 1,
    callbacks,
  });

describe("without a terminal", () => {
  test("a line now and then", async () => {
    const { stream, text } = screen(false);
    const bar = progressBar({ stream, lines: 2 });
    await run([bar], [1, 2, 3, 4]);
    bar.print("done");
    expect(text()).toMatchInlineSnapshot(`
      "step 2/4: loss 0.6667, accuracy 1
      step 4/4: loss 1.333, accuracy 1
      step 4: validation loss 0.5
      done
      "
    `);
  });

  test("where nobody knows how many steps there will be", async () => {
    const { stream, text } = screen(false);
    await run([progressBar({ stream })], () => Array.from({ length: 250 }, () => 1));
    expect(text().match(/^step \d+: loss/gm)).toEqual(["step 100: loss", "step 200: loss"]);
  });

  test("in words of one's own", async () => {
    const { stream, text } = screen(false);
    const describe = ({ metrics, made }: { metrics: Record<string, number>; made: number }): string =>
      `${made} made, ${metrics.accuracy}`;
    await run([progressBar({ stream, describe })], [1]);
    expect(text()).toContain("step 1/1: 1 made, 1\n");
  });
});

describe("on a terminal", () => {
  test("a bar, and text above it", async () => {
    const { stream, text } = screen(true);
    const bar = progressBar({ stream });
    await run(
      [bar, { ...bar, print: () => {}, start: () => {}, end: () => {}, step: () => bar.print("above") }],
      [1, 2],
    );
    expect(text()).toContain("█");
    expect(text()).toContain("2/2 · loss 0.6667, accuracy 1");
    expect(text()).toContain("above\n");
    expect(text()).toContain("step 2: validation loss 0.5\n");
  });

  test("the cursor comes back where a step throws", async () => {
    const { stream, text } = screen(true);
    const step = (): { loss: number } => {
      throw new Error("no");
    };
    await expect(
      train({ step, data: [1], epochs: 1, callbacks: [progressBar({ stream })] }),
    ).rejects.toThrow();
    expect(text().lastIndexOf("\x1b[?25h")).toBeGreaterThan(text().lastIndexOf("\x1b[?25l"));
  });
});
