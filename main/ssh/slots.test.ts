import { describe, expect, it } from 'vitest'
import { Slots } from './slots.ts'

describe('slots', () => {
  it('are given in the order asked for, and refused when closed', async () => {
    const slots = new Slots(1)
    const order: string[] = []
    await slots.take()
    const waiting = ['a', 'b', 'c'].map((name) => slots.take().then(() => order.push(name)))
    slots.give()
    slots.give()
    await Promise.all(waiting.slice(0, 2))
    expect(order).toEqual(['a', 'b'])
    slots.close(() => new Error('over'))
    await expect(waiting[2]).rejects.toThrow('over')
    await expect(slots.take()).rejects.toThrow('over')
  })
})
