// The places that start things besides schedules and units, as data: one file each in resources/places. What a file of a place holds is read by the parser
// its `form` names, a file of that name in ./places. Adding a place is a data file, and a parser when no present one fits; nothing here changes.

import { z } from 'zod'
import { TourniquetError } from '../errors.ts'
import type { Starter } from './facts-start.ts'

/** One thing found in a file of a place. Strings are latin-1, as everywhere between a reply and a fact. */
export interface PlaceEntry {
  /** 1-based; 0 when the entry is the whole file */
  readonly line: number
  /** the exact bytes of its line or lines, without the last newline; for whole files the first 200 */
  readonly raw: string
  readonly form: Starter['form']
  readonly command: string
  /** whether the file stays well-formed without it, whatever other entries go with it */
  readonly removable: boolean
}

/** How a file stands to the packages: `changed` is a file of a package that is not as the package has it. */
export interface PlaceFile {
  readonly path: string
  readonly changed: boolean
}

/** Reads a file of a place. Tells what could matter and leaves out what cannot; never throws. */
export type PlaceParser = (content: string, file: PlaceFile) => readonly PlaceEntry[]

/** Absolute, or below every home; `*`, `?` and `[…]` as a shell reads them. No blanks: the list is a table of words. */
const pattern = z.string().regex(/^(\/|~\/)[A-Za-z0-9_.*?[\]/-]+$/)
const words = z.strictObject({ en: z.string().min(2), 'zh-CN': z.string().min(2) })

const place = z.strictObject({
  schema: z.literal('tourniquet.place/1'),
  id: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
  title: words,
  /** when what stands here runs, and as whom */
  about: words,
  attack: z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/)).min(1),
  paths: z.array(pattern).min(1),
  /** name of the parser */
  form: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  /** `root`, or the one whose home it is or who logs in */
  runs: z.enum(['root', 'owner']),
  /** packages fill this folder, so that a file of nobody's is a hint */
  packaged: z.boolean(),
  /** files are dropped here one by one and all are read: one in which everything is hostile goes whole */
  dropped: z.boolean(),
  /** signals of startup.yaml that say nothing here */
  quiet: z.array(z.string()).default([]),
  source: z.string().min(5),
})
export type Place = z.infer<typeof place>

const data = import.meta.glob<unknown>('../../../resources/places/*.yaml', { eager: true, import: 'default' })
const parsers = import.meta.glob<PlaceParser>(['./places/*.ts', '!./places/*.test.ts'], {
  eager: true,
  import: 'parse',
})

const nameOf = (file: string) => file.slice(file.lastIndexOf('/') + 1).replace(/\.[a-z]+$/, '')
const parserByName = new Map(Object.entries(parsers).map(([file, parser]) => [nameOf(file), parser]))

let read: ReadonlyMap<string, Place> | undefined

/** All places by id. The system's own come before those in homes: what is cut off at the end of a reply must not be theirs. */
export function places(): ReadonlyMap<string, Place> {
  read ??= new Map(
    Object.values(data)
      .map((one) => place.parse(one))
      .sort((a, b) => Number(inHomes(a)) - Number(inHomes(b)))
      .map((one) => [one.id, one]),
  )
  return read
}

function inHomes(one: Place): boolean {
  return one.paths.every((path) => path.startsWith('~'))
}

/** The parser a place names. Throws `internal` when there is none: a test reads all of them. */
export function parserOf(one: Place): PlaceParser {
  const parser = parserByName.get(one.form)
  if (parser === undefined) throw new TourniquetError('internal', { what: `no parser ${one.form}` })
  return parser
}
