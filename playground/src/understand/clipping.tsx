import { evaluate, grad, input, math, type Tensor } from "@org/core";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Chart } from "../ui/chart.tsx";
import { Slider } from "../ui/fields.tsx";
import { joined } from "../ui/thinned.ts";
import { language, number, scientific, significant } from "../words/language.ts";
import type { Chapter } from "./chapter.ts";

const [time, descents, start] = [12, 60, 1.15];

/** `L(w) = ½ (w^12 - ½)²`, written as twelve steps `h_t = w h_{t-1}`, and its derivative. */
function build(): (w: number) => { loss: number; slope: number } {
  const w = input("w", [], "f64");
  let h: Tensor = math`${w}`;
  for (let t = 1; t < time; t++) h = math`${w} * ${h}`;
  const loss = math`(${h} - 0.5)^2 / 2`;
  const graph = { loss, slope: grad(loss, w) };
  return (at) => {
    const { loss, slope } = evaluate(graph, { w: at });
    return { loss: loss.item(), slope: slope.item() };
  };
}

/** The places that gradient descent visits, until it leaves all bounds. */
function descend(lossAt: ReturnType<typeof build>, rate: number, bound: number): number[] {
  const places = [start];
  for (let i = 0; i < descents; i++) {
    const w = places.at(-1)!;
    const { slope } = lossAt(w);
    const scale = Math.min(1, bound / Math.abs(slope));
    const next = w - rate * slope * scale;
    if (!Number.isFinite(next) || Math.abs(next) > 1e6) break;
    places.push(next);
  }
  return places;
}

/** What the picture shows of the loss. */
const [left, right] = [0.3, 1.16];
const grid = Array.from({ length: 87 }, (_, i) => left + i / 100);

function Play(): JSX.Element {
  const lossAt = useMemo(build, []);
  const [power, setPower] = useState(0);
  const [rate, setRate] = useState(0.02);
  const bound = power >= 3 ? Number.POSITIVE_INFINITY : 10 ** power;
  const curve = useMemo(() => ({ xs: grid, ys: grid.map((w) => lossAt(w).loss) }), [lossAt]);
  const places = useMemo(() => descend(lossAt, rate, bound), [lossAt, rate, bound]);
  const lost = places.some((w) => w < left || w > right);
  const { loss } = lossAt(places.at(-1)!);
  const vi = language.value === "vi";
  const verdict = lost
    ? vi
      ? `Bước nhảy ra khỏi hình: w = ${significant(places.find((w) => w < left || w > right)!, 3)}.`
      : `A step leaves the picture: w = ${significant(places.find((w) => w < left || w > right)!, 3)}.`
    : vi
      ? `Sau ${places.length - 1} bước: w = ${number(places.at(-1)!, 3)}, L = ${scientific(loss, 1)}.`
      : `After ${places.length - 1} steps: w = ${number(places.at(-1)!, 3)}, L = ${scientific(loss, 1)}.`;
  return (
    <>
      <div class="sliders">
        <Slider
          name="bound"
          label={vi ? "Cắt ở mức" : "Clip at"}
          value={power}
          range={[-1, 3, 0.1]}
          shown={Number.isFinite(bound) ? significant(bound, 2) : "∞"}
          change={setPower}
        />
        <Slider
          name="rate"
          label={vi ? "Tốc độ học" : "Learning rate"}
          value={rate}
          range={[0.002, 0.06, 0.002]}
          shown={number(rate, 3)}
          change={setRate}
        />
      </div>
      <Chart
        label={verdict}
        lines={[
          { label: "L(w)", color: "--line-1" },
          { label: vi ? "các bước đi" : "the descent", color: "--line-2", points: "alone" },
        ]}
        x="w"
        y="L(w)"
        height={230}
        version={power + 10 * rate}
        data={() => {
          const visited = places.filter((w) => w >= left && w <= right);
          return joined(curve, { xs: visited, ys: visited.map((w) => lossAt(w).loss) });
        }}
      />
      <p class="hint" role="status" id="result">
        {verdict}
      </p>
    </>
  );
}

export const clipping: Chapter = {
  told: {
    en: {
      title: "Clipping",
      paragraphs: [
        "Where gradients explode, the loss has cliffs: here L as a function of the one weight of a loop of twelve steps. On the cliff the gradient is hundreds of times larger than elsewhere, and one step throws the weight far away.",
        "Clipping keeps the direction and shortens the step: a gradient longer than the bound is scaled down to it.",
      ],
      task: "The descent begins on the cliff. Take the bound away (∞), then find the largest one with which it arrives in the valley.",
    },
    vi: {
      title: "Cắt gradient",
      paragraphs: [
        "Nơi gradient bùng nổ, hàm mất mát có vách đứng: đây là L theo trọng số duy nhất của một vòng lặp mười hai bước. Trên vách, gradient lớn gấp hàng trăm lần nơi khác, và một bước ném trọng số đi rất xa.",
        "Cắt gradient giữ nguyên hướng và rút ngắn bước đi: gradient dài hơn ngưỡng được thu lại bằng ngưỡng.",
      ],
      task: "Đường đi bắt đầu trên vách. Hãy bỏ ngưỡng (∞), rồi tìm ngưỡng lớn nhất mà nó vẫn xuống được thung lũng.",
    },
  },
  equations: ["g ← g · min(1, c / ‖g‖)", "L(w) = ½ (w^{12} − ½)^2"],
  Play,
};
