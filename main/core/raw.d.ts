// Host shell scripts are data: the bundler and vitest hand them over as text.
declare module '*.sh?raw' {
  const text: string
  export default text
}
// Knowledge arrives as what its YAML says.
declare module '*.yaml' {
  const data: unknown
  export default data
}
declare module '*.txt?raw' {
  const text: string
  export default text
}
declare module '*.mjs?raw' {
  const text: string
  export default text
}
/** Folders of data and of small rooms that are taken in whole, so that adding to one touches no list. The bundler and vitest replace the call. */
interface ImportMeta {
  glob<T>(
    pattern: string | readonly string[],
    options: { readonly eager: true; readonly query?: string; readonly import: string },
  ): Readonly<Record<string, T>>
}
