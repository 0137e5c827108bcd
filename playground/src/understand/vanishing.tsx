import { constant, evaluate, parameter, sum, take } from "@org/core";
import { RNNCell as Cell, gradientFlow, init, type RNNCell, recurrent } from "@org/nn";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Chart } from "../ui/chart.tsx";
import { Choice, Slider } from "../ui/fields.tsx";
import { language, number, scientific } from "../words/language.ts";
import type { Chapter } from "./chapter.ts";

const [time, units] = [40, 16];
type Activation = "tanh" | "identity";

/** `‖∂h_T/∂h_t‖` summed over units, for a matrix that can be set. */
function build(activation: Activation) {
  const cell: RNNCell = new Cell({ inputSize: 1, hiddenSize: units, seed: 3, activation });
  const xs = constant(init.normal([time, 1, 1], { scale: 0.3, seed: 5 }));
  const { outputs } = recurrent(cell, xs);
  const flow = gradientFlow(sum(take(outputs, time - 1)), outputs);
  const first = parameter("W", init.orthogonal([units, units], { seed: 4 })).value;
  return (radius: number): number[] => {
    // An orthogonal matrix times a number: every eigenvalue has this modulus.
    cell.parameters.W_hh.value = Array.from({ length: units }, (_, i) =>
      Array.from({ length: units }, (_, j) => first.data[i * units + j]! * radius),
    );
    return Array.from(evaluate(flow).data);
  };
}

function Play(): JSX.Element {
  const [radius, setRadius] = useState(0.8);
  const [activation, setActivation] = useState<Activation>("tanh");
  const flowOf = useMemo(() => build(activation), [activation]);
  const flow = useMemo(() => flowOf(radius), [flowOf, radius]);
  const ratio = flow[0]! / flow.at(-1)!;
  return (
    <>
      <div class="sliders">
        <Slider
          name="radius"
          label="ρ(W)"
          value={radius}
          range={[0.3, 1.6, 0.02]}
          shown={number(radius, 2)}
          change={setRadius}
        />
        <Choice<Activation>
          label="φ"
          name="activation"
          value={activation}
          options={[
            ["tanh", "tanh"],
            ["identity", language.value === "vi" ? "không có (tuyến tính)" : "none (linear)"],
          ]}
          choose={(value) => setActivation(value)}
        />
      </div>
      <Chart
        label={`‖∂L/∂h_t‖: t = 1 ${scientific(flow[0]!, 1)}, t = ${time} ${scientific(flow.at(-1)!, 1)}`}
        lines={[{ label: "‖∂L/∂hₜ‖", color: "--line-1" }]}
        x="t"
        y="‖∂L/∂hₜ‖"
        logY
        version={radius + (activation === "tanh" ? 0 : 10)}
        data={() => [flow.map((_, t) => t + 1), flow.map((norm) => (norm > 0 ? norm : null))]}
      />
      <p class="hint">
        ‖∂L/∂h₁‖ / ‖∂L/∂h₄₀‖ = <output id="result">{scientific(ratio, 2)}</output>, ρ³⁹ ={" "}
        {scientific(radius ** (time - 1), 2)}
      </p>
    </>
  );
}

export const vanishing: Chapter = {
  told: {
    en: {
      title: "Why gradients vanish",
      paragraphs: [
        "On its way back the gradient is multiplied by the same matrix at every step. After forty steps that is its fortieth power: the length is roughly ρ to the power of forty, where ρ, the spectral radius, is the size of the largest eigenvalue.",
        "Below 1 the gradient vanishes, and the network cannot learn what lies far back; above 1 it may explode. The derivative of tanh, which is at most 1, shrinks it further.",
      ],
      task: "Move ρ from 0.8 to 1.2, first without an activation, then with tanh. Where does the line turn?",
    },
    vi: {
      title: "Vì sao gradient tiêu biến",
      paragraphs: [
        "Khi lan truyền ngược, ở mỗi bước gradient lại được nhân với cùng một ma trận. Sau bốn mươi bước, đó là lũy thừa bậc bốn mươi của ma trận ấy: độ dài của gradient vào cỡ ρ mũ bốn mươi, với ρ, bán kính phổ, là độ lớn của trị riêng lớn nhất.",
        "Nếu ρ dưới 1, gradient tiêu biến và mạng không học được điều ở xa trong quá khứ; nếu trên 1, nó có thể bùng nổ. Đạo hàm của tanh, nhiều nhất là 1, còn làm nó co thêm.",
      ],
      task: "Hãy kéo ρ từ 0,8 đến 1,2, trước hết không có hàm kích hoạt, rồi với tanh. Đường cong đổi hướng ở đâu?",
    },
  },
  equations: ["∂h_T/∂h_t = ∏_{j=t+1…T} W_{hh}^⊤ diag(1 − h_j^2)", "‖∂h_T/∂h_t‖ ≈ ρ(W_{hh})^{T−t}"],
  Play,
};
