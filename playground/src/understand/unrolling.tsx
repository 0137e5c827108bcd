import { evaluate } from "@org/core";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Slider } from "../ui/fields.tsx";
import { number } from "../words/language.ts";
import type { Chapter } from "./chapter.ts";
import { Marked } from "./equation.tsx";
import { statesOf } from "./small-network.ts";
import { Steps } from "./steps.tsx";

const reading = [1, 0, 0, -1, 0, 1, 0, 0];

function Play(): JSX.Element {
  const [count, setCount] = useState(4);
  const [memory, setMemory] = useState(0.9);
  const xs = reading.slice(0, count);
  const states = Array.from(evaluate(statesOf(xs, 1, memory)).data);
  return (
    <>
      <div class="sliders">
        <Slider
          name="steps"
          label="T"
          value={count}
          range={[1, reading.length, 1]}
          shown={String(count)}
          change={setCount}
        />
        <Slider
          name="memory"
          label={<Marked text="w_h" />}
          value={memory}
          range={[-1.5, 1.5, 0.1]}
          shown={number(memory, 1)}
          change={setMemory}
        />
      </div>
      <Steps xs={xs} above={states} name="h" />
    </>
  );
}

export const unrolling: Chapter = {
  told: {
    en: {
      title: "Unrolling in time",
      paragraphs: [
        "A loop is hard to look at. Written out, one copy of the step for each moment, a recurrent network is an ordinary deep network that is as deep as the sequence is long.",
        "All copies have the same weights: the network has learned one step, and uses it again and again.",
      ],
      task: "Make the sequence longer. What of the first 1 is still there at the last step, for different w_h?",
    },
    vi: {
      title: "Trải mạng theo thời gian",
      paragraphs: [
        "Một vòng lặp thì khó nhìn. Khi được trải ra, mỗi thời điểm là một bản sao của bước tính, mạng hồi quy trở thành một mạng sâu bình thường, sâu đúng bằng độ dài của dãy.",
        "Mọi bản sao có chung trọng số: mạng chỉ học một bước, rồi dùng đi dùng lại bước ấy.",
      ],
      task: "Hãy kéo dài dãy. Số 1 đầu tiên còn lại gì ở bước cuối cùng, với các w_h khác nhau?",
    },
  },
  equations: ["h_3 = f(x_3, f(x_2, f(x_1, h_0)))"],
  Play,
};
