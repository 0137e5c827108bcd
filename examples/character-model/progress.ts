import { type ProgressBar, type ProgressStream, progressBar } from "@org/optim/node";

export const bitsOf = (loss: number): number => loss / Math.LN2;

/**
 * A bar on a terminal, elsewhere a plain line now and then: the mean loss of the last steps or so, the norm of the
 * gradient, and the speed.
 * @param characters How many of them a step reads.
 */
export function showProgress(characters: number, stream?: ProgressStream): ProgressBar {
  let mean = 0;
  return progressBar({
    ...(stream ? { stream } : {}),
    describe({ metrics: { loss = Number.NaN, norm = Number.NaN }, made, seconds }) {
      mean += (loss - mean) / Math.min(made, 20);
      const speed = Math.round((made * characters) / seconds);
      return `${bitsOf(mean).toFixed(3)} bits/character, gradient ${norm.toFixed(2)}, ${speed} characters/s`;
    },
  });
}

/** `75` → `1m 15s` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, "0")}s`;
}
