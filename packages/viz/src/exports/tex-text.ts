/** Signs of mathematics that fonts of text lack, as TeX writes them. */
const signs: Readonly<Record<string, string>> = {
  "⊙": "\\odot",
  "×": "\\times",
  "÷": "\\div",
  "−": "-",
  "∂": "\\partial",
  Σ: "\\Sigma",
  σ: "\\sigma",
  "∞": "\\infty",
  "√": "\\surd",
  "→": "\\rightarrow",
  "≤": "\\leq",
  "≥": "\\geq",
  "≠": "\\neq",
  "∧": "\\wedge",
  "∨": "\\vee",
  "¬": "\\neg",
  "⋯": "\\cdots",
  "·": "\\cdot",
  "‖": "\\Vert",
  "²": "^2",
  ʸ: "^y",
  ᵀ: "^{\\mathsf{T}}",
  "<": "<",
  ">": ">",
  "|": "|",
  "∫": "\\int",
};

/** Signs that TeX reads as its own. */
const own: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "…": "\\ldots{}",
};

const greek =
  "α alpha β beta γ gamma δ delta ε varepsilon η eta θ theta λ lambda μ mu ρ rho τ tau φ varphi ω omega Δ Delta";
const lowered = "₀₁₂₃₄₅₆₇₈₉";

/** A text as TeX sets it: what TeX would read as its own stands for itself, signs of mathematics become mathematics. */
export function texOf(text: string): string {
  const letters = greek.split(" ");
  // A tilde above a letter, as in c̃, is an accent.
  return [...text.normalize("NFC").matchAll(/(\p{L})\u0303|[\s\S]/gu)]
    .map(({ 0: sign, 1: accented }) => {
      if (accented !== undefined) return `$\\tilde{${accented}}$`;
      if (/[#$%&_{}]/.test(sign)) return `\\${sign}`;
      if (own[sign] !== undefined) return own[sign];
      const letter = letters.indexOf(sign);
      const math = letter >= 0 ? `\\${letters[letter + 1]}` : signs[sign];
      if (math !== undefined) return `$${math}$`;
      if (lowered.includes(sign)) return `$_${lowered.indexOf(sign)}$`;
      return /\p{Cc}|\p{Cs}/u.test(sign) ? "?" : sign;
    })
    .join("");
}
