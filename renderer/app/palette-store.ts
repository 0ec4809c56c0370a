// Whether the palette is open, and ways to open and close it: for the keys, the bar and the palette itself.

import { createSpotlight } from '@mantine/spotlight'

export const [paletteStore, palette] = createSpotlight()
