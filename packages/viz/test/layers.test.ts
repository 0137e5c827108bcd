import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { layOutLayers } from "../src/layout/layer-layout.ts";
import { crossings } from "../src/layout/layers/order.ts";
import { rankNodes } from "../src/layout/layers/ranks.ts";
import { arcName, type Template } from "../src/layout/panel-layout.ts";

/** Random graphs, some with circles, pins at both rims, cells, marks that many read. */
const templates: fc.Arbitrary<Template> = fc
  .record({
    sizes: fc.array(
      fc.record({
        width: fc.integer({ min: 20, max: 120 }),
        height: fc.integer({ min: 16, max: 44 }),
        round: fc.boolean(),
      }),
      { minLength: 1, maxLength: 24 },
    ),
    arcs: fc.array(fc.tuple(fc.nat(23), fc.nat(23)), { maxLength: 50 }),
    pins: fc.array(fc.nat(23), { maxLength: 6 }),
    cells: fc.subarray([0, 1, 2, 3]),
  })
  .map(({ sizes, arcs, pins, cells }): Template => {
    const name = (i: number): string => `m${i % sizes.length}`;
    const local = arcs.map(([a, b]) => [name(a), name(b)] as const).filter(([a, b]) => a !== b);
    const entries = [...new Set(pins.map((pin) => `in ${name(pin)}`))];
    const exits = [...new Set(pins.slice(0, 3).map((pin) => `out ${name(pin + 1)}`))];
    const all = [
      ...local,
      ...entries.map((pin, i) => [pin, name(pins[i]! * 7)] as const),
      ...exits.map((pin) => [pin.slice(4), pin] as const),
    ];
    return {
      sizes: new Map(sizes.map((size, i) => [`m${i}`, size])),
      arcs: [...new Map(all.map((arc) => [arcName(...arc), arc])).values()],
      entries,
      exits,
      cells: cells.filter((i) => i < sizes.length).map((i) => `m${i}`),
      loops: new Set(),
    };
  });

test("marks lie apart, lines end at their marks and pass between all others", () => {
  fc.assert(
    fc.property(templates, (template) => {
      const { centers, curves, width, height } = layOutLayers(template);
      const boxes = [...template.sizes].map(([key, size]) => ({ key, ...size, ...centers.get(key)! }));
      boxes.forEach((a, i) => {
        expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0);
        expect(a.x + a.width / 2).toBeLessThanOrEqual(width + 1e-9);
        expect(a.y + a.height / 2).toBeLessThanOrEqual(height + 1e-9);
        for (const b of boxes.slice(i + 1)) {
          const apart = Math.max(
            Math.abs(a.x - b.x) - (a.width + b.width) / 2,
            Math.abs(a.y - b.y) - (a.height + b.height) / 2,
          );
          expect(apart, `${a.key} ${b.key}`).toBeGreaterThan(5);
        }
      });
      for (const key of template.entries)
        for (const box of boxes) expect(centers.get(key)!.y).toBeGreaterThan(box.y + box.height / 2);
      for (const key of template.exits)
        for (const box of boxes) expect(centers.get(key)!.y).toBeLessThan(box.y - box.height / 2);
      for (const key of template.cells) {
        // A straight line through a cell meets no other mark.
        const cell = boxes.find((box) => box.key === key)!;
        for (const box of boxes)
          if (box !== cell) expect(Math.abs(box.y - cell.y)).toBeGreaterThan(box.height / 2);
      }
      for (const [from, to] of template.arcs) {
        const curve = curves.get(arcName(from, to))!;
        expect(curve.length % 3).toBe(1);
        for (const [key, point] of [
          [from, curve[0]!],
          [to, curve.at(-1)!],
        ] as const) {
          const box = boxes.find((one) => one.key === key);
          if (!box) continue;
          const [dx, dy] = [(point.x - box.x) / (box.width / 2), (point.y - box.y) / (box.height / 2)];
          const rim = box.round ? Math.hypot(dx, dy) : Math.max(Math.abs(dx), Math.abs(dy));
          expect(rim).toBeCloseTo(1, 6);
        }
        for (const { x, y } of sampled(curve)) {
          for (const box of boxes) {
            if (box.key === from || box.key === to) continue;
            const inside = Math.abs(x - box.x) < box.width / 2 && Math.abs(y - box.y) < box.height / 2;
            expect(inside, `${from} → ${to} in ${box.key}`).toBe(false);
          }
        }
      }
    }),
    runs(50),
  );
});

function sampled(curve: readonly { x: number; y: number }[]): { x: number; y: number }[] {
  const points: { x: number; y: number }[] = [];
  for (let i = 0; i + 3 < curve.length; i += 3) {
    const [a, b, c, d] = curve.slice(i, i + 4) as [Spot, Spot, Spot, Spot];
    for (let t = 0; t <= 1; t += 0.25) {
      const at = (p: "x" | "y"): number =>
        (1 - t) ** 3 * a[p] + 3 * t * (1 - t) ** 2 * b[p] + 3 * t ** 2 * (1 - t) * c[p] + t ** 3 * d[p];
      points.push({ x: at("x"), y: at("y") });
    }
  }
  return points;
}

type Spot = { x: number; y: number };

test("lines lead upwards, but for those that close circles", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 }), (pairs) => {
      const links = pairs.filter(([a, b]) => a !== b);
      const {
        rank,
        links: up,
        turned,
      } = rankNodes({ count: 10, links, lowest: new Set(), highest: new Set(), alone: [] });
      for (const [from, to] of up) expect(rank[to]!).toBeGreaterThan(rank[from]!);
      const forwards = links.every(([a, b]) => a < b);
      if (forwards) expect(turned.some(Boolean)).toBe(false);
    }),
  );
});

test("crossings are counted as by comparing every pair", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 20 }), (lines) => {
      const above: number[][] = Array.from({ length: 12 }, () => []);
      for (const [a, b] of lines) above[a]!.push(6 + b);
      const rows = [0, 6].map((first) => Array.from({ length: 6 }, (_, i) => first + i));
      const place = Float64Array.from({ length: 12 }, (_, i) => i % 6);
      let pairs = 0;
      lines.forEach(([a, b], i) => {
        for (const [c, d] of lines.slice(i + 1)) if ((a - c) * (b - d) < 0) pairs++;
      });
      expect(crossings(rows, { below: [], above }, place)).toBe(pairs);
    }),
  );
});
