import { execFileSync } from 'node:child_process'
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A place for the data that really can be full. */
export interface Disk {
  /** Where the data go. */
  folder: string
  /** What kind of place it is, in words for the report. */
  how: string
  /** Leaves not one free block; false where the place cannot be filled without harming others. */
  fill(): boolean
  free(): void
  close(): void
}

const chunk = Buffer.alloc(1024 * 1024)

/**
 * An ext4 file system of its own in an image file, so that a full disk is a real one with a real fsync; where it cannot
 * be mounted a tmpfs; and without the rights for either the folder itself, which nobody fills.
 */
export function openDisk(parent: string, megabytes: number): Disk {
  const folder = join(parent, 'disk')
  mkdirSync(folder)
  const image = join(parent, 'disk.img')
  if (runs('truncate', '-s', `${megabytes}M`, image) && runs('mkfs.ext4', '-q', '-F', image) && runs('mount', '-o', 'loop', image, folder)) {
    return mounted(folder, `ext4 of ${megabytes} MB in a file`)
  }
  if (runs('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)) return mounted(folder, `tmpfs of ${megabytes} MB`)
  return { folder, how: 'a folder: no right to mount, so the disk was never full', fill: () => false, free: () => undefined, close: () => undefined }
}

function mounted(folder: string, how: string): Disk {
  const ballast = join(folder, 'ballast')
  const free = () => rmSync(ballast, { force: true })
  return {
    folder,
    how,
    fill() {
      const file = openSync(ballast, 'a')
      try {
        for (const size of [chunk.length, 4096, 1]) while (written(file, size));
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      return true
    },
    free,
    close() {
      free()
      if (!runs('umount', folder)) runs('umount', '-l', folder)
    },
  }
}

function written(file: number, size: number): boolean {
  try {
    return writeSync(file, chunk, 0, size) > 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}

function runs(command: string, ...given: string[]): boolean {
  try {
    execFileSync(command, given, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
