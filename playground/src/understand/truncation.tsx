import { constant, evaluate, grad, sum, type Tensor, take } from "@org/core";
import { gradientFlow, init, RNNCell, recurrent } from "@org/nn";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Chart } from "../ui/chart.tsx";
import { Slider } from "../ui/fields.tsx";
import { language, number } from "../words/language.ts";
import type { Chapter } from "./chapter.ts";
import { Marked } from "./equation.tsx";

const [time, units] = [32, 12];

interface Seen {
  readonly flow: readonly number[];
  readonly gradient: readonly number[];
}

/** What a loss of the last step sends back, cut every `window` steps; whole for a window of all. */
function seenWith(window: number): Seen {
  const cell = new RNNCell({ inputSize: 1, hiddenSize: units, seed: 3 });
  const xs = constant(init.normal([time, 1, 1], { scale: 0.4, seed: 5 }));
  const { outputs } = recurrent(cell, xs, window < time ? { truncate: window } : {});
  const loss: Tensor = sum(take(outputs, time - 1));
  const { flow, gradient } = evaluate({
    flow: gradientFlow(loss, outputs),
    gradient: grad(loss, cell.parameters.W_hh),
  });
  return { flow: Array.from(flow.data), gradient: Array.from(gradient.data) };
}

/** The cosine of the angle between two vectors. */
function cosine(a: readonly number[], b: readonly number[]): number {
  const inner = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((total, value, i) => total + value * y[i]!, 0);
  return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
}

function Play(): JSX.Element {
  const [window, setWindow] = useState(8);
  const whole = useMemo(() => seenWith(time), []);
  const cut = useMemo(() => seenWith(window), [window]);
  const vi = language.value === "vi";
  const angle = cosine(cut.gradient, whole.gradient);
  return (
    <>
      <div class="sliders">
        <Slider
          name="window"
          label={vi ? "Cửa sổ k" : "Window k"}
          value={window}
          range={[1, time, 1]}
          shown={vi ? `${window} bước` : `${window} steps`}
          change={setWindow}
        />
      </div>
      <Chart
        label={`k = ${window}: cos ${number(angle, 3)}`}
        lines={[
          { label: vi ? "đầy đủ" : "whole", color: "--line-1" },
          { label: vi ? "cắt ngắn" : "truncated", color: "--line-2", points: true },
        ]}
        x="t"
        y="‖∂L/∂hₜ‖"
        version={window}
        data={() => [whole.flow.map((_, t) => t + 1), [...whole.flow], [...cut.flow]]}
      />
      <p class="hint">
        <Marked
          text={
            vi
              ? "Cosin của góc giữa hai gradient của W_{hh}, cắt ngắn và đầy đủ: "
              : "Cosine of the angle between the two gradients of W_{hh}, truncated and whole: "
          }
        />
        <output id="result">{number(angle, 3)}</output>
      </p>
    </>
  );
}

export const truncation: Chapter = {
  told: {
    en: {
      title: "Truncated backpropagation",
      paragraphs: [
        "A book has a million characters; nobody unrolls a million steps. The text is read in windows of k steps: values go on from window to window, gradients stop at its border.",
        "So the network still remembers beyond the window, but it cannot learn from it what to remember. The window on the page “Train” is this k.",
      ],
      task: "Shorten the window. How small may k be before the gradient points somewhere else?",
    },
    vi: {
      title: "Lan truyền ngược cắt ngắn",
      paragraphs: [
        "Một cuốn sách có cả triệu ký tự; không ai trải ra một triệu bước. Văn bản được đọc theo cửa sổ k bước: các giá trị đi tiếp từ cửa sổ này sang cửa sổ sau, còn gradient dừng ở ranh giới.",
        "Vì thế mạng vẫn nhớ được xa hơn cửa sổ, nhưng không thể học từ phần xa ấy rằng phải nhớ điều gì. Cửa sổ ở trang “Huấn luyện” chính là k này.",
      ],
      task: "Hãy thu ngắn cửa sổ. k có thể nhỏ đến đâu trước khi gradient chỉ sang hướng khác?",
    },
  },
  equations: ["∂L_T/∂W ≈ Σ_{t>T−k} ∂L_T/∂h_t · ∂h_t/∂W"],
  Play,
};
