/** The words of a room in another language: every key of the first, and no other. */
export type WordsOf<R> = { readonly [K in keyof R]: string }
