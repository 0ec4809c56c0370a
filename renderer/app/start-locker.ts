// Opens the evidence locker and hands it to the screens.

export function startLocker(): void {
  // the locker's worker joins here
}
