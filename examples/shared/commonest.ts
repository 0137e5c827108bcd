/** The lazy way to answer: what a question was answered by most often. */

/** Learns from questions and their answers; what was never asked is answered by nothing. */
export function commonestAnswers(
  rounds: Iterable<{ readonly question: string; readonly answer: string }>,
): (question: string) => string {
  const counts = new Map<string, Map<string, number>>();
  for (const { question, answer } of rounds) {
    const of = counts.get(question) ?? new Map<string, number>();
    counts.set(question, of.set(answer, (of.get(answer) ?? 0) + 1));
  }
  return (question) =>
    [...(counts.get(question) ?? [])].reduce((most, each) => (each[1] > most[1] ? each : most), ["", 0])[0];
}
