// The look: one set of named colours per theme, dense by default. Red is destructive or hostile, amber needs a person, green was verified, grey is unknown.
// Every text colour has a contrast of at least 4.5 to 1 on every surface it is used on.

import {
  createTheme,
  defaultVariantColorsResolver,
  parseThemeColor,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core'

const blue: MantineColorsTuple = [
  '#e7f2ff',
  '#cfe3ff',
  '#a5cbff',
  '#85b9ff',
  '#6cb2ff',
  '#4b9cf5',
  '#2f83e0',
  '#1f6cc4',
  '#1659a6',
  '#0d4585',
]
const slate: MantineColorsTuple = [
  '#d9e0e6',
  '#b9c3cc',
  '#97a3af',
  '#7d8894',
  '#3a444e',
  '#2b333b',
  '#1f262c',
  '#171c21',
  '#12161a',
  '#0c0f12',
]

/** Mantine picks the text on a filled part by the light theme's shade alone; here each theme's own shade decides. */
const readable: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input)
  if (input.variant !== 'filled') return colors
  const color = input.color ?? input.theme.primaryColor
  const text = (colorScheme: 'light' | 'dark'): string =>
    parseThemeColor({ color, theme: input.theme, colorScheme }).isLight
      ? 'var(--mantine-color-black)'
      : 'var(--mantine-color-white)'
  return { ...colors, color: `light-dark(${text('light')}, ${text('dark')})` }
}

export const theme = createTheme({
  variantColorResolver: readable,
  colors: { blue, dark: slate },
  primaryColor: 'blue',
  primaryShade: { dark: 4, light: 7 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  fontFamily: "'Inter Variable', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif",
  fontFamilyMonospace:
    "'JetBrains Mono Variable', 'Noto Sans Mono CJK SC', 'Sarasa Mono SC', 'SF Mono', Consolas, ui-monospace, monospace",
  fontSizes: { xs: '11.5px', sm: '12.5px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.45', lg: '1.4', xl: '1.3' },
  spacing: { xs: '6px', sm: '9px', md: '14px', lg: '20px', xl: '28px' },
  headings: {
    fontWeight: '620',
    sizes: { h1: { fontSize: '18px' }, h2: { fontSize: '15px' }, h3: { fontSize: '13px' } },
  },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { size: 'md', variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', checkIconPosition: 'right' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    TagsInput: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Radio: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, multiline: true, maw: 380 } },
    Modal: { defaultProps: { overlayProps: { backgroundOpacity: 0.55, blur: 1 }, transitionProps: { duration: 120 } } },
  },
})

const dark = {
  bg: '#0d1013',
  panel: '#13171b',
  raise: '#191e23',
  sunk: '#0a0c0e',
  line: '#232a31',
  text: '#d9e0e6',
  dim: '#94a0ac',
  faint: '#7e8a96',
  red: '#f4747c',
  'red-bg': '#33191d',
  'red-line': '#5a2a30',
  'red-fill': '#f0616a',
  'on-red': '#1b0709',
  amber: '#f2b04a',
  'amber-bg': '#30250f',
  'amber-line': '#5b4519',
  green: '#4cc38a',
  'green-bg': '#11291f',
  'green-line': '#1f4d39',
  blue: '#6cb2ff',
  'blue-bg': '#10253b',
  'blue-line': '#1d4469',
  grey: '#94a0ac',
  'grey-bg': '#20262c',
  'grey-line': '#343d46',
} as const

const light: Readonly<Record<keyof typeof dark, string>> = {
  bg: '#f5f7f9',
  panel: '#ffffff',
  raise: '#eef1f4',
  sunk: '#fbfcfd',
  line: '#d8dee4',
  text: '#1b2229',
  dim: '#4d5965',
  faint: '#5d6975',
  red: '#b4232d',
  'red-bg': '#fdeaeb',
  'red-line': '#f0b9bd',
  'red-fill': '#c62f39',
  'on-red': '#ffffff',
  amber: '#845400',
  'amber-bg': '#fdf1d8',
  'amber-line': '#ebcf95',
  green: '#17694a',
  'green-bg': '#e2f5ec',
  'green-line': '#abdcc6',
  blue: '#1659a6',
  'blue-bg': '#e4f0fd',
  'blue-line': '#b3d3f4',
  grey: '#4d5965',
  'grey-bg': '#e7ebef',
  'grey-line': '#c9d1d9',
}

/** `--tq-…` of both themes, and what Mantine draws its own parts with. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  dark: { ...named(dark), ...parts(dark) },
  light: { ...named(light), ...parts(light) },
})

/** What Mantine draws fields, quiet buttons and what cannot be pressed with. */
function parts(colours: Readonly<Record<keyof typeof dark, string>>): Record<string, string> {
  return {
    '--mantine-color-body': colours.bg,
    '--mantine-color-text': colours.text,
    '--mantine-color-dimmed': colours.dim,
    '--mantine-color-placeholder': colours.faint,
    '--mantine-color-default': colours.raise,
    '--mantine-color-default-hover': colours['grey-bg'],
    '--mantine-color-default-border': colours['grey-line'],
    '--mantine-color-default-color': colours.text,
    '--mantine-color-disabled': colours['grey-bg'],
    '--mantine-color-disabled-color': colours.faint,
    '--mantine-color-disabled-border': colours.line,
    '--mantine-color-error': colours.red,
  }
}

function named(colours: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(colours).map(([name, value]) => [`--tq-${name}`, value]))
}
