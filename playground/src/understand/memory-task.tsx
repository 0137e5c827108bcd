import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Reason } from "../problem.ts";
import { Chart } from "../ui/chart.tsx";
import { Failure } from "../ui/failure.tsx";
import { Slider } from "../ui/fields.tsx";
import { language, number } from "../words/language.ts";
import type { Chapter } from "./chapter.ts";
import type { MemoryMessage, MemoryProgress } from "./memory-worker.ts";

const steps = 400;

function Play(): JSX.Element {
  const [time, setTime] = useState(30);
  const [seen, setSeen] = useState<readonly MemoryProgress[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Reason>();
  const worker = useRef<Worker | undefined>(undefined);
  useEffect(() => () => worker.current?.terminate(), []);

  const fail = (reason: Reason): void => {
    setProblem(reason);
    setBusy(false);
  };
  const start = (): void => {
    worker.current?.terminate();
    const made = new Worker(new URL("./memory-worker.ts", import.meta.url), { type: "module" });
    made.addEventListener("message", ({ data }: MessageEvent<MemoryMessage>) => {
      if ("kind" in data) return fail(data);
      setSeen((before) => [...before, data]);
      if (data.step >= steps) setBusy(false);
    });
    made.addEventListener("error", ({ message }) =>
      fail({ kind: "noWorker", said: {}, ...(message && { detail: message }) }),
    );
    made.postMessage({ time, steps });
    worker.current = made;
    setSeen([]);
    setProblem(undefined);
    setBusy(true);
  };
  const stop = (): void => {
    worker.current?.terminate();
    setBusy(false);
  };

  const vi = language.value === "vi";
  const last = seen.at(-1)?.accuracy ?? { RNN: 0.25, LSTM: 0.25 };
  const percent = (share: number): string => `${number(100 * share)} %`;
  return (
    <>
      <div class="sliders">
        <Slider
          name="time"
          label={vi ? "Số bước phải nhớ" : "Steps to remember"}
          value={time}
          range={[2, 80, 1]}
          shown={String(time)}
          change={setTime}
        />
        <div class="buttons">
          {busy ? (
            <button type="button" id="stop-memory" onClick={stop}>
              {vi ? "Dừng" : "Stop"}
            </button>
          ) : (
            <button type="button" id="train-memory" class="primary" onClick={start}>
              {vi ? "Huấn luyện cả hai" : "Train both"}
            </button>
          )}
        </div>
      </div>
      <Failure reason={problem} />
      <Chart
        label={`RNN ${percent(last.RNN)}, LSTM ${percent(last.LSTM)}`}
        lines={[
          { label: "RNN", color: "--line-2" },
          { label: "LSTM", color: "--line-1" },
        ]}
        x={vi ? "bước huấn luyện" : "step of training"}
        y={vi ? "đúng, %" : "right, %"}
        version={seen.length}
        data={() => [
          seen.map(({ step }) => step),
          seen.map(({ accuracy }) => 100 * accuracy.RNN),
          seen.map(({ accuracy }) => 100 * accuracy.LSTM),
        ]}
      />
      <p class="hint" id="result">
        {vi ? "Đúng" : "Right"}: RNN {percent(last.RNN)}, LSTM {percent(last.LSTM)} (
        {vi ? "đoán ngẫu nhiên" : "guessing"}: 25 %)
      </p>
    </>
  );
}

export const memoryTask: Chapter = {
  told: {
    en: {
      title: "LSTM against RNN",
      paragraphs: [
        "One of four symbols comes first, then noise for many steps, and at the end the network is asked which symbol it was. To learn that, the gradient has to come back over all the steps between.",
        "Both networks are trained here, on your machine, with the same data, optimizer and size of state. The LSTM begins with its forget gate nearly open.",
      ],
      task: "Train both with 30 steps to remember, then with 10, then with 60. Who learns when?",
    },
    vi: {
      title: "LSTM so với RNN",
      paragraphs: [
        "Đầu tiên là một trong bốn ký hiệu, rồi nhiều bước chỉ toàn nhiễu, và cuối cùng mạng được hỏi đó là ký hiệu nào. Muốn học điều này, gradient phải lùi qua tất cả các bước ở giữa.",
        "Cả hai mạng được huấn luyện ngay trên máy của bạn, với cùng dữ liệu, cùng thuật toán tối ưu và cùng cỡ trạng thái. LSTM bắt đầu với cổng quên gần như mở hẳn.",
      ],
      task: "Hãy huấn luyện cả hai với 30 bước phải nhớ, rồi 10, rồi 60. Mạng nào học được khi nào?",
    },
  },
  equations: ["x_1 ∈ {a, b, c, d},   x_2 … x_T ∈ {p, q, r, s},   y_T = x_1"],
  Play,
};
