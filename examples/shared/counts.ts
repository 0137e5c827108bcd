/** What counting knows of a text: the baselines of language models, as perplexities on held-out ids. */
import { perplexity } from "@org/nn";

type Ids = ArrayLike<number>;

const count = <Key>(counts: Map<Key, number>, key: Key): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** The perplexity of ids from the second on, where `p` says how likely one is after another. */
function measured(held: Ids, p: (id: number, before: number) => number): number {
  let nats = 0;
  for (let i = 1; i < held.length; i++) nats -= Math.log(p(held[i]!, held[i - 1]!));
  return perplexity(nats / (held.length - 1));
}

/** `p(w) = (c(w) + 1) / (N + V)` */
export function unigrams(training: Ids, held: Ids, kinds: number): number {
  const counts = new Map<number, number>();
  for (const id of Array.from(training)) count(counts, id);
  return measured(held, (id) => ((counts.get(id) ?? 0) + 1) / (training.length + kinds));
}

/**
 * Interpolated Kneser–Ney: `p(w|v) = max(c(vw) - D, 0) / c(v) + D N(v·) / c(v) · q(w)`, where `N(v·)` counts the kinds that
 * follow v and `q(w) ∝ N(·w) + 1` after how many kinds w was seen; `D = n₁ / (n₁ + 2 n₂)` of the pairs seen once and twice.
 * Source: Chen & Goodman 1999, section 2.7.
 */
export function bigrams(training: Ids, held: Ids, kinds: number): number {
  const pairs = new Map<number, number>();
  const firsts = new Map<number, number>();
  for (let i = 1; i < training.length; i++) {
    count(pairs, training[i - 1]! * kinds + training[i]!);
    count(firsts, training[i - 1]!);
  }
  const [followers, preceding] = [new Map<number, number>(), new Map<number, number>()];
  for (const pair of pairs.keys()) {
    count(followers, Math.floor(pair / kinds));
    count(preceding, pair % kinds);
  }
  const seen = (times: number): number => [...pairs.values()].filter((each) => each === times).length;
  const discount = seen(1) / (seen(1) + 2 * seen(2));
  return measured(held, (id, before) => {
    const behind = ((preceding.get(id) ?? 0) + 1) / (pairs.size + kinds);
    const all = firsts.get(before);
    if (all === undefined) return behind;
    const kept = Math.max((pairs.get(before * kinds + id) ?? 0) - discount, 0);
    return (kept + discount * (followers.get(before) ?? 0) * behind) / all;
  });
}
