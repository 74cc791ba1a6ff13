import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import mongoose from 'mongoose'
import type { mongo } from 'mongoose'
import { onTestFinished } from 'vitest'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'
import type { EmbeddedMongo, LaunchOptions } from '../../server/embedded-mongo/launch.ts'

/** A directory of its own, removed after the test. */
export function emptyDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'em-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  return path
}

/** A store that is let go of after the test, and a client that is closed before it. */
export async function openStore(options: LaunchOptions): Promise<{ store: EmbeddedMongo, client: mongo.MongoClient }> {
  const store = await launchEmbeddedMongo(options)
  const client = await connectTo(store.uri)
  onTestFinished(() => store.close())
  return { store, client }
}

/** A client that is closed after the test. */
export async function connectTo(uri: string, options: mongo.MongoClientOptions = {}): Promise<mongo.MongoClient> {
  const client = await new mongoose.mongo.MongoClient(uri, options).connect()
  onTestFinished(() => client.close())
  return client
}

/** Process id of the engine that serves a directory. */
export function enginePid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'engine.pid'), 'utf8'))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until something holds; looks every 20 ms. @throws Error after `withinMs` */
export async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs
  while (!holds()) {
    if (Date.now() > end) throw new Error('what was waited for did not happen')
    await pause(20)
  }
}

/**
 * Whether a write met a dead engine. Driver 7 wraps all such errors but one: a write on a socket that is already gone
 * and not yet known to be gone comes back as Node's EPIPE.
 */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoNetworkError || (error instanceof Error && 'code' in error && error.code === 'EPIPE')
}
