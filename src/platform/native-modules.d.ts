declare module 'fs-native-extensions' {
  /** False when another file descriptor holds the lock. */
  export function tryLock(fd: number): boolean
}
