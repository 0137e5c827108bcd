import { constant, evaluate, input, math, scan, square, sub, type Tensor, take } from "@org/core";
import { stateGradients } from "@org/nn";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Slider } from "../ui/fields.tsx";
import { number } from "../words/language.ts";
import type { Chapter } from "./chapter.ts";
import { Marked } from "./equation.tsx";
import { Steps } from "./steps.tsx";

const xs = [1, 0, 0, 1, 0, 0];

/** The states, and the gradient of `(h_T - 1)² / 2` with respect to each. */
function build(): { states: Tensor; gradients: Tensor } {
  const w_h = input("w_h", []);
  const { ys } = scan(
    (h: Tensor, x) => {
      const next = math`tanh(${x} + ${h} * ${w_h})`;
      return { carry: next, y: next };
    },
    { init: constant(0), xs: constant(xs) },
  );
  const loss = math`${square(sub(take(ys, xs.length - 1), 1))} / 2`;
  return { states: ys, gradients: stateGradients(loss, ys) };
}

function Play(): JSX.Element {
  const graph = useMemo(build, []);
  const [memory, setMemory] = useState(0.7);
  const [back, setBack] = useState(1);
  const { states, gradients } = evaluate(graph, { w_h: memory });
  const last = states.data.at(-1)!;
  return (
    <>
      <div class="sliders">
        <Slider
          name="memory"
          label={<Marked text="w_h" />}
          value={memory}
          range={[-1.5, 1.5, 0.1]}
          shown={number(memory, 1)}
          change={setMemory}
        />
        <Slider
          name="back"
          label="∂L/∂h"
          value={back}
          range={[1, xs.length, 1]}
          shown={`t = ${xs.length} … ${xs.length - back + 1}`}
          change={setBack}
        />
      </div>
      <p class="hint">
        L = ½ (h<sub>{xs.length}</sub> − 1)² = {number((last - 1) ** 2 / 2, 3)}
      </p>
      <Steps xs={xs} above={Array.from(gradients.data)} name="∂L/∂h" from={xs.length - back} back />
    </>
  );
}

export const backpropagation: Chapter = {
  told: {
    en: {
      title: "Backpropagation through time",
      paragraphs: [
        "How should the weights change so that the last state comes nearer to 1? The chain rule answers, from the end to the beginning: each state receives the gradient of the one after it, multiplied by the derivative of one step.",
        "A weight is used at every step, so its gradient is the sum of what all steps say.",
      ],
      task: "Let the gradient come back step by step. At which w_h does it arrive at the first step, and at which has it faded?",
    },
    vi: {
      title: "Lan truyền ngược qua thời gian",
      paragraphs: [
        "Phải đổi trọng số thế nào để trạng thái cuối gần 1 hơn? Quy tắc dây chuyền trả lời, từ cuối về đầu: mỗi trạng thái nhận gradient của trạng thái ngay sau nó, nhân với đạo hàm của một bước.",
        "Một trọng số được dùng ở mọi bước, nên gradient của nó là tổng của những gì tất cả các bước nói.",
      ],
      task: "Hãy cho gradient lùi về từng bước một. Với w_h nào nó về đến bước đầu, với w_h nào nó tiêu biến dọc đường?",
    },
  },
  equations: ["∂L/∂h_t = ∂L/∂h_{t+1} · (1 − h_{t+1}^2) w_h", "∂L/∂w_h = Σ_t ∂L/∂h_t · (1 − h_t^2) h_{t−1}"],
  Play,
};
