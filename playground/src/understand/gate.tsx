import { constant, evaluate, math, scan } from "@org/core";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Chart } from "../ui/chart.tsx";
import { Slider } from "../ui/fields.tsx";
import { language, number } from "../words/language.ts";
import type { Chapter } from "./chapter.ts";

const time = 30;
/** What the cell is offered: something at steps 3 and 16, nothing else. */
const offered = Array.from({ length: time }, (_, t) => (t === 2 ? 1 : t === 15 ? -0.6 : 0));

function memoryOf({ f, i, o }: Record<"f" | "i" | "o", number>): { c: number[]; h: number[] } {
  const { ys } = scan(
    (c, candidate) => {
      const next = math`${f} * ${c} + ${i} * ${candidate}`;
      return { carry: next, y: { c: next, h: math`${o} * tanh(${next})` } };
    },
    { init: constant(0), xs: constant(offered) },
  );
  const { c, h } = evaluate(ys);
  return { c: Array.from(c.data), h: Array.from(h.data) };
}

function Play(): JSX.Element {
  const [gates, setGates] = useState({ f: 0.8, i: 1, o: 0.5 });
  const { c, h } = useMemo(() => memoryOf(gates), [gates]);
  const names =
    language.value === "vi"
      ? { f: "f: cổng quên (giữ lại)", i: "i: cổng đầu vào", o: "o: cổng đầu ra" }
      : { f: "f: forget gate (what stays)", i: "i: input gate", o: "o: output gate" };
  return (
    <>
      <div class="sliders">
        {(["f", "i", "o"] as const).map((name) => (
          <Slider
            key={name}
            name={name}
            label={names[name]}
            value={gates[name]}
            range={[0, 1, 0.02]}
            shown={number(gates[name], 2)}
            change={(value) => setGates({ ...gates, [name]: value })}
          />
        ))}
      </div>
      <Chart
        label={`c: t = 30 ${number(c.at(-1)!, 3)}; h: t = 30 ${number(h.at(-1)!, 3)}`}
        lines={[
          { label: "c̃", color: "--muted", points: true },
          { label: "c", color: "--line-1" },
          { label: "h", color: "--line-2" },
        ]}
        x="t"
        y="c̃, c, h"
        version={gates.f + 10 * gates.i + 100 * gates.o}
        data={() => [offered.map((_, t) => t + 1), [...offered], c, h]}
      />
      <p class="hint">
        c₁₅ / c₃ = <output id="result">{c[2] ? number(c[14]! / c[2], 3) : "–"}</output>, f¹² ={" "}
        {number(gates.f ** 12, 3)}
      </p>
    </>
  );
}

export const gate: Chapter = {
  told: {
    en: {
      title: "What a gate does",
      paragraphs: [
        "An LSTM keeps its memory c in a lane of its own. Three gates, numbers between 0 (shut) and 1 (open), decide what stays, what comes in and what is shown. In a network they depend on what is read; here they are yours.",
        "Along this lane the gradient is multiplied by f alone, with no matrix and no tanh: with f near 1 it reaches far back.",
      ],
      task: "Keep the first event until the second one comes, 13 steps later, without showing it. Then make the cell forget at once.",
    },
    vi: {
      title: "Cổng làm gì",
      paragraphs: [
        "LSTM giữ ô nhớ c trên một đường riêng. Ba cổng, những số từ 0 (đóng) đến 1 (mở), quyết định điều gì ở lại, điều gì đi vào và điều gì được đưa ra. Trong mạng, chúng phụ thuộc vào đầu vào; ở đây, bạn điều khiển chúng.",
        "Dọc theo đường này, gradient chỉ nhân với f, không có ma trận và không có tanh: khi f gần 1, nó đi được rất xa về quá khứ.",
      ],
      task: "Hãy giữ sự kiện đầu tiên đến khi sự kiện thứ hai tới, 13 bước sau, mà không đưa nó ra. Rồi làm cho ô quên ngay lập tức.",
    },
  },
  equations: ["c_t = f_t c_{t−1} + i_t c̃_t", "h_t = o_t tanh(c_t)", "∂c_T/∂c_t = f_{t+1} f_{t+2} ⋯ f_T"],
  Play,
};
