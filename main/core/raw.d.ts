// Host shell scripts are data: the bundler and vitest hand them over as text.
declare module '*.sh?raw' {
  const text: string
  export default text
}
declare module '*.yaml?raw' {
  const text: string
  export default text
}
declare module '*.txt?raw' {
  const text: string
  export default text
}
declare module '*.mjs?raw' {
  const text: string
  export default text
}
