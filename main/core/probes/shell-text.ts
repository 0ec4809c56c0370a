// Where one statement of a shell file ends and the next begins: enough to take one out and leave a file that the shell still reads. Pure; never runs and
// never rebuilds text. What it cannot follow (quotes that never close, blocks that never end) it gives line by line, and says that nothing can be cut there.

export interface Statement {
  /** 1-based, first and last line */
  readonly from: number
  readonly to: number
  /** its lines, joined, without the last newline */
  readonly text: string
  /** false when its block would be left empty or open without it */
  readonly removable: boolean
}

/** Lines joined to one at most: a quote that never closes must not swallow the file. */
const maxJoined = 200

/** Blocks within blocks that are followed: people write five. */
const maxDepth = 50

interface Line {
  readonly from: number
  readonly to: number
  readonly text: string
  /** blocks it opens less those it closes; `low` is the deepest it goes below where it began */
  readonly net: number
  readonly low: number
  /** begins or ends a branch: then, else, do, `pattern)`, `;;` */
  readonly branch: boolean
  readonly whole: boolean
}

interface Block {
  readonly from: number
  to: number
  readonly named: boolean
  /** lines that hold the block together */
  readonly frame: Line[]
  readonly branches: (Line | Block)[][]
  closed: boolean
}

/**
 * Statements of a shell file, in order, that `isMatter` asks for. A block is one statement when it is a function, when it has a single line inside, or when
 * everything in it is doubtful: cutting only part of it would leave the rest of somebody's trick. Else its lines come one by one.
 */
export function statements(
  content: string,
  isMatter: (text: string) => boolean,
  isDoubtful: (text: string) => boolean,
): readonly Statement[] {
  // a line is asked about once for each block around it
  const [matters, doubtful] = [remembered(isMatter), remembered(isDoubtful)]
  const lines = content.split('\n')
  const found: Statement[] = []
  const tell = (from: number, to: number, removable: boolean): void => {
    found.push({ from, to, text: lines.slice(from - 1, to).join('\n'), removable })
  }
  const together = (block: Block): boolean =>
    block.closed && (block.named || leaves(block).length <= 1 || all(block, doubtful))
  const isTold = (item: Line | Block): boolean =>
    'branches' in item
      ? together(item) && [...leaves(item), ...item.frame].some(({ text }) => matters(text))
      : matters(item.text)
  const visit = (items: readonly (Line | Block)[], mayBeEmpty: boolean): void => {
    // a branch must keep something, whichever of its statements go: what nobody is told of, else one that is not to be cut out
    const keeper =
      mayBeEmpty || items.some((item) => !isTold(item))
        ? undefined
        : (items.find((item) => ('branches' in item ? !all(item, doubtful) : !doubtful(item.text))) ?? items[0])
    for (const item of items) {
      if (isTold(item)) tell(item.from, item.to, item !== keeper && ('branches' in item || item.whole))
      else if ('branches' in item) {
        for (const line of item.frame) if (matters(line.text) && doubtful(line.text)) tell(line.from, line.to, false)
        for (const branch of item.branches) visit(branch, false)
      }
    }
  }
  visit(blocksOf(logicalLines(lines)), true)
  return found.sort((a, b) => a.from - b.from)
}

function remembered(test: (text: string) => boolean): (text: string) => boolean {
  const answers = new Map<string, boolean>()
  return (text) => {
    const answer = answers.get(text) ?? test(text)
    answers.set(text, answer)
    return answer
  }
}

/** Worked out once a block: those around it ask as well. */
const leavesOf = new WeakMap<Block, readonly Line[]>()

function leaves(block: Block): readonly Line[] {
  const before = leavesOf.get(block)
  if (before) return before
  const found = block.branches.flat().flatMap((item) => ('branches' in item ? leaves(item) : [item]))
  leavesOf.set(block, found)
  return found
}

function all(block: Block, test: (text: string) => boolean): boolean {
  const inside = leaves(block)
  return inside.length > 0 && inside.every(({ text }) => test(text))
}

function blocksOf(lines: readonly Line[]): readonly (Line | Block)[] {
  const top: (Line | Block)[] = []
  const open: Block[] = []
  let beyond = 0
  const into = (): (Line | Block)[] => open.at(-1)?.branches.at(-1) ?? top
  for (const line of lines) {
    if (line.low < 0) {
      for (let at = line.low; at < 0; at++) {
        if (beyond > 0) {
          beyond -= 1
          continue
        }
        const block = open.pop()
        if (!block) continue
        block.frame.push(line)
        block.to = line.to
        block.closed = line.whole
      }
    }
    const opens = line.net - Math.min(0, line.low)
    if (opens > 0) {
      for (let at = 0; at < opens; at++) {
        if (open.length >= maxDepth) {
          beyond += 1
          into().push({ ...line, whole: false })
          continue
        }
        const named = /^\s*(?:function\s+\S+|[\w.:+-]+\s*\(\s*\))/.test(line.text)
        const block: Block = { from: line.from, to: line.to, named, frame: [line], branches: [[]], closed: false }
        into().push(block)
        open.push(block)
      }
    } else if (line.low < 0) continue
    else if (line.branch && open.length > 0) {
      open.at(-1)?.frame.push(line)
      open.at(-1)?.branches.push([])
    } else into().push(line)
  }
  return top
}

/** Lines joined until quotes, parentheses, here documents and continuations are closed; comments and blank lines are left out. */
function logicalLines(lines: readonly string[]): readonly Line[] {
  const found: Line[] = []
  for (let at = 0; at < lines.length;) {
    const scan = newScan()
    let end = at
    for (; end < lines.length && end - at < maxJoined; end++) if (!readLine(scan, lines[end] ?? '')) break
    const whole = end < lines.length && end - at < maxJoined
    const to = whole ? end : at
    const text = lines.slice(at, to + 1).join('\n')
    if (whole && !scan.anything) at = to + 1
    else {
      const { net, low, branch } = whole ? scan : { net: 0, low: 0, branch: false }
      found.push({ from: at + 1, to: to + 1, text, net, low, branch, whole })
      at = to + 1
    }
  }
  return found
}

interface Scan {
  quote: string
  parens: number
  heredocs: { readonly word: string; readonly tabs: boolean }[]
  /** the next word is a command or a keyword */
  command: boolean
  net: number
  low: number
  /** loops whose `do` has not come yet */
  loops: number
  branch: boolean
  anything: boolean
}

function newScan(): Scan {
  return { quote: '', parens: 0, heredocs: [], command: true, net: 0, low: 0, loops: 0, branch: false, anything: false }
}

const openers = new Set(['if', 'case', 'do', '{'])
const closers = new Set(['fi', 'esac', 'done', '}'])
const loops = new Set(['for', 'while', 'until', 'select'])
const between = new Set(['then', 'else', 'elif'])
const leading = new Set(['while', 'until', '!', 'time', 'if', 'then', 'else', 'elif', 'do', '{'])

/** Reads one line into the scan; true when the statement goes on in the next one. */
function readLine(scan: Scan, line: string): boolean {
  const here = scan.heredocs[0]
  if (here) {
    if ((here.tabs ? line.replace(/^\t+/, '') : line) === here.word) scan.heredocs.shift()
    return scan.heredocs.length > 0
  }
  let word = ''
  let inWord = false
  let goesOn = false
  const endWord = (): void => {
    if (inWord) keyword(scan, word)
    word = ''
    inWord = false
  }
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (scan.quote !== '') {
      if (char === '\\' && scan.quote !== "'") at += 1
      else if (char === scan.quote) scan.quote = ''
      if (at >= line.length) goesOn = true
      continue
    }
    if (char === '\\') {
      if (at === line.length - 1) goesOn = true
      else {
        word += line[at + 1] ?? ''
        inWord = true
        at += 1
      }
      continue
    }
    if (char === '#' && !inWord) break
    if (char === '"' || char === "'" || char === '`') {
      scan.quote = char
      inWord = true
      word += char
    } else if (/[\s;&|()<>]/.test(char)) {
      endWord()
      if (char === '(') scan.parens += 1
      if (char === ')') {
        // the end of a pattern of `case` closes nothing
        if (scan.parens > 0) scan.parens -= 1
        else scan.branch = true
      }
      if (char === ';' && line[at + 1] === ';') scan.branch = true
      if (/[;&|()]/.test(char)) scan.command = true
      if (char === '<' && line[at + 1] === '<' && line[at + 2] !== '<') {
        const heredoc = /^<<(-?)\s*(?:'([^']+)'|"([^"]+)"|\\?([\w.-]+))/.exec(line.slice(at))
        if (heredoc && scan.parens === 0)
          scan.heredocs.push({
            word: heredoc[2] ?? heredoc[3] ?? heredoc[4] ?? '',
            tabs: heredoc[1] === '-',
          })
        at += heredoc ? heredoc[0].length - 1 : 1
      } else if (char === '<' && line[at + 1] === '<') at += 2
      if (!/\s/.test(char)) scan.anything = true
    } else {
      inWord = true
      word += char
    }
  }
  endWord()
  if (!goesOn && scan.quote === '') scan.command = true
  const trailing = /(?:\|\||&&|\||\(\s*\))\s*$/.test(line.replace(/(^|\s)#.*$/, ''))
  const open = scan.quote !== '' || scan.parens > 0 || scan.loops > 0 || scan.heredocs.length > 0
  return goesOn || open || (trailing && scan.anything)
}

function keyword(scan: Scan, word: string): void {
  scan.anything = true
  const asCommand = scan.command
  if (asCommand && loops.has(word)) scan.loops += 1
  if (asCommand && word === 'do') scan.loops = Math.max(0, scan.loops - 1)
  if (word === '{' || (asCommand && openers.has(word))) scan.net += 1
  else if (asCommand && closers.has(word)) {
    scan.net -= 1
    scan.low = Math.min(scan.low, scan.net)
  } else if (asCommand && between.has(word)) scan.branch = true
  scan.command = (asCommand && leading.has(word)) || word === '{'
}
