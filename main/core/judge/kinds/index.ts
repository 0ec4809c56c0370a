// The kinds that pass no suspicion on, in the order in which they are told. A new one is a file beside these and a line here.

import { accessKinds } from './access.ts'
import { binary } from './binary.ts'
import { hijack } from './hijack.ts'
import type { PlainKind } from './kind.ts'
import { login } from './login.ts'
import { mount } from './mount.ts'
import { name } from './name.ts'
import { socket } from './socket.ts'

export const plainKinds: readonly PlainKind[] = [mount, socket, login, hijack, name, binary, ...accessKinds]
