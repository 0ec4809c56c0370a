import type { hosts as en } from '../en/hosts.ts'
import type { WordsOf } from '../say.ts'

export const hosts: WordsOf<typeof en> = {
  title: '主机',
}
