// Where good copies of a package's files come from: what a responder laid ready on the workbench. The engine asks by what the host says is installed.

export interface PackageQuery {
  readonly package: string
  readonly version: string
  readonly architecture: string
  /** path as the package lists it */
  readonly path: string
}

export interface PackagedFile {
  readonly bytes: Uint8Array
  readonly sha256: string
  /** octal, four digits */
  readonly mode: string
  readonly owner: string
  readonly group: string
  /** the package's own checksum list, whole; null when it has none */
  readonly list: Uint8Array | null
  /** file name and digest of the package it was taken from */
  readonly deb: { readonly name: string; readonly sha256: string }
  /** `index`: an archive index that lay beside it names this digest. `given`: only whoever laid it there vouches for it. */
  readonly vouched: 'index' | 'given'
}

export interface PackageSource {
  /** The file, or in words of the field why there is none. Never throws for what is in the packages. */
  find(query: PackageQuery): Promise<PackagedFile | { readonly none: string }>
}

/** No packages were given. */
export const noPackages: PackageSource = {
  find: () => Promise.resolve({ none: 'no packages were given' }),
}
