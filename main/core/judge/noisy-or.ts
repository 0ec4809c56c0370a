// Joins independent pieces of suspicion into one score. Integers only (thousandths), so every machine gives the same number.

/** Thousandths of certainty, 0 to 1000. */
export type Permille = number

const one = 1_000_000

/**
 * `1 − Π(1 − w)` over independent weights, in thousandths. The product is taken from the heaviest down and rounded up, so the result does not depend
 * on the order given and never overstates. The empty list gives 0.
 */
export function noisyOr(weights: readonly Permille[]): Permille {
  let doubt = one
  for (const weight of [...weights].sort((a, b) => b - a)) {
    const held = Math.min(1000, Math.max(0, Math.trunc(weight)))
    doubt = Math.ceil((doubt * (1000 - held)) / 1000)
  }
  return Math.floor((one - doubt) / 1000)
}

/** A score of 0 to 100, rounded down. */
export function score(permille: Permille): number {
  return Math.floor(permille / 10)
}
