import { constant, evaluate, math } from "@org/core";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Slider } from "../ui/fields.tsx";
import { number } from "../words/language.ts";
import type { Chapter } from "./chapter.ts";
import { Marked } from "./equation.tsx";

const names = ["x", "h", "w_x", "w_h", "b"] as const;
type Values = Readonly<Record<(typeof names)[number], number>>;

function Play(): JSX.Element {
  const [values, setValues] = useState<Values>({ x: 1, h: 0.5, w_x: 0.8, w_h: 0.6, b: 0 });
  const { x, h, w_x, w_h, b } = values;
  const sum = math`${constant(x)} * ${w_x} + ${h} * ${w_h} + ${b}`;
  const [a, next] = evaluate([sum, math`tanh(${sum})`]).map((value) => value.item()) as [number, number];
  const labels = { x: "x_t", h: "h_{t−1}", w_x: "w_x", w_h: "w_h", b: "b" };
  return (
    <div class="play-pair">
      <div class="sliders">
        {names.map((name) => (
          <Slider
            key={name}
            name={name}
            label={<Marked text={labels[name]} />}
            value={values[name]}
            range={[-2, 2, 0.1]}
            shown={number(values[name], 1)}
            change={(value) => setValues({ ...values, [name]: value })}
          />
        ))}
      </div>
      <figure>
        <svg
          viewBox="-4.2 -1.3 8.4 2.6"
          class="drawing"
          role="img"
          aria-label={`tanh(${number(a, 2)}) = ${number(next, 3)}`}
        >
          <path class="axes" d="M-4 0H4M0 -1.2V1.2" />
          {([-4, -2, 2, 4] as const).map((at) => (
            <text key={at} class="tick" x={at} y="0.3" text-anchor="middle">
              {number(at)}
            </text>
          ))}
          {([-1, 1] as const).map((at) => (
            <text key={at} class="tick" x="-0.1" y={0.09 - at} text-anchor="end">
              {number(at)}
            </text>
          ))}
          <path class="curve" d={curve} />
          <path class="guide" d={`M${clamp(a)} 0V${-next}H0`} />
          <circle class="mark" cx={clamp(a)} cy={-next} r="0.09" />
        </svg>
        <figcaption>
          tanh({number(a, 2)}) = <output id="result">{number(next, 3)}</output>
        </figcaption>
      </figure>
    </div>
  );
}

const clamp = (a: number): number => Math.max(-4, Math.min(4, a));

/** The graph of tanh, downwards being negative. */
const curve = Array.from({ length: 81 }, (_, i) => -4 + i / 10)
  .map((a, i) => `${i === 0 ? "M" : "L"}${a.toFixed(1)} ${(-Math.tanh(a)).toFixed(3)}`)
  .join("");

export const oneStep: Chapter = {
  told: {
    en: {
      title: "A step of an RNN",
      paragraphs: [
        "A recurrent network reads a sequence one piece at a time. At each step it mixes what it reads, x, with what it remembers, h, and squashes the sum between −1 and 1.",
        "The result is the new memory. Here everything is a single number; in a network x and h are vectors and the weights are matrices, but the step is the same.",
      ],
      task: "Make the memory count more than what is read: raise w_h and lower w_x. When does h hardly change any more?",
    },
    vi: {
      title: "Một bước của RNN",
      paragraphs: [
        "Mạng nơ-ron hồi quy (RNN) đọc một dãy, từng phần tử một. Ở mỗi bước, nó trộn điều vừa đọc, x, với điều đang nhớ, h, rồi nén tổng vào khoảng từ −1 đến 1.",
        "Kết quả là trí nhớ mới. Ở đây mọi thứ chỉ là một con số; trong mạng thật, x và h là các vectơ, các trọng số là ma trận, nhưng bước tính vẫn như vậy.",
      ],
      task: "Hãy để trí nhớ nặng hơn điều vừa đọc: tăng w_h và giảm w_x. Khi nào h hầu như không đổi nữa?",
    },
  },
  equations: ["h_t = tanh(x_t w_x + h_{t−1} w_h + b)"],
  Play,
};
