import { train } from "@org/optim";
import { serveLive } from "@org/viz/node";
import { expect, test } from "vitest";
import { History } from "../src/live/history.ts";
import { type LiveSection, liveBoard } from "../src/live/live-board.ts";

test("curves of all metrics, gradients by layer, gates, a sample and a graph, drawn while training runs", async () => {
  const shown: (readonly LiveSection[])[] = [];
  let step = 0;
  const board = liveBoard(
    {
      every: 0,
      gradients: () => ({ "gru.W": 10 ** -step, "head.W": Number.NaN }),
      gates: () => [{ name: "i", low: [0.2, 0.4], high: [0.1, 0] }],
      sample: () => `after ${step}`,
      graph: () => `<svg xmlns="http://www.w3.org/2000/svg"/>`,
    },
    (sections) => void shown.push(sections),
  );
  await train({
    step: (loss: number) => ({ loss, accuracy: ++step / 10 }),
    data: () => [3, 2, 1.5, 1],
    epochs: 1,
    validate: () => ({ loss: 2.5 }),
    callbacks: [board],
  });
  const last = shown.at(-1)!;
  expect(shown.length).toBeGreaterThan(2);
  expect(last.map(({ id }) => id)).toEqual([
    "metric loss",
    "metric accuracy",
    "gradients",
    "gates",
    "graph",
    "sample",
  ]);
  expect(last[0]!.svg).toContain(">validation<");
  expect(last[2]!.svg).toContain(">head.W<");
  expect(last.at(-1)!.text).toBe("after 4");
});

test("a long training keeps what charts show, in bounded memory", () => {
  const history = new History();
  for (let i = 0; i < 50_000; i++) history.add("loss", "training", i, i === 31_415 ? 100 : Math.sin(i));
  for (let i = 0; i < 5000; i++) history.look(i, { a: i });
  const curve = history.curves()[0]![1][0]!;
  const [x, y] = [Array.from(curve.x!), Array.from(curve.y)];
  expect(y.length).toBeLessThan(8001);
  expect(Math.max(...y)).toBe(100);
  expect([x[0], x.at(-1)]).toEqual([0, 49_999]);
  const { rows, steps } = history.norms()!;
  expect(rows.length).toBeLessThanOrEqual(320);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
});

test("a page is served on this computer alone while training runs, and ends with it", async () => {
  const live = serveLive({ title: "<b>", every: 0 });
  const url = await live.url;
  const page = await (await fetch(url)).text();
  expect(page).toContain("<title>&lt;b&gt;</title>");
  expect((await fetch(`${url}else`)).status).toBe(404);
  const events = (await fetch(`${url}events`)).text();
  await train({
    step: (loss: number) => ({ loss }),
    data: () => [3, 2, 1],
    epochs: 1,
    callbacks: [live],
  });
  const text = await events;
  expect(text.match(/^data: \[/gm)!.length).toBeGreaterThanOrEqual(3);
  expect(text).toMatch(/event: end\n/);
  const sections = JSON.parse(/^data: (\[\{.*)$/m.exec(text)![1]!) as LiveSection[];
  expect(sections[0]!.svg).toMatch(/^<svg/);
  await expect(fetch(url)).rejects.toThrow();
});
