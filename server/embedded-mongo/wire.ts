import { Binary, Timestamp } from 'bson'
import { decodeCommand } from './bson-read.ts'
import { encodeDocBehind } from './bson-write.ts'
import { failedToParse } from './errors.ts'
import type { Doc, Value } from './values.ts'
import { doc } from './values.ts'

/** One request off the wire. `reply` is false when the client asked for none (w: 0). */
export type Request = { requestId: number, command: Doc, form: 'message' | 'query', reply: boolean }

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013

const HEADER_BYTES = 16
const CHECKSUM_PRESENT = 1
const MORE_TO_COME = 2

/** Largest message a client may send. */
export const MAX_MESSAGE_BYTES = 48000000

/**
 * Cuts a byte stream into messages; gives each complete one to `onMessage`.
 * @throws MongoRefusal FailedToParse when a length makes no sense; the connection is then beyond help.
 */
export function createFramer(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let size = 0
  return (chunk) => {
    chunks.push(chunk)
    size += chunk.length
    let length = messageLength(chunks, size)
    if (length === null || size < length) return
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    for (; length !== null && bytes.length >= length; length = messageLength([bytes], bytes.length)) {
      onMessage(bytes.subarray(0, length))
      bytes = bytes.subarray(length)
    }
    chunks = bytes.length === 0 ? [] : [bytes]
    size = bytes.length
  }
}

function messageLength(chunks: Buffer[], size: number): number | null {
  if (size < 4) return null
  const first = chunks[0]
  const length = (first !== undefined && first.length >= 4 ? first : Buffer.concat(chunks)).readInt32LE()
  if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES + HEADER_BYTES) throw failedToParse(`message of ${length} bytes`)
  return length
}

/** Reads OP_MSG, and OP_QUERY for a client's first hello. */
export function readRequest(message: Buffer): Request {
  const requestId = message.readInt32LE(4)
  const opCode = message.readInt32LE(12)
  if (opCode === OP_MSG) return readMessage(message, requestId)
  if (opCode === OP_QUERY) return readQuery(message, requestId)
  throw failedToParse(`operation ${opCode} of the wire protocol is not supported`)
}

function readMessage(message: Buffer, requestId: number): Request {
  const flags = message.readUInt32LE(HEADER_BYTES)
  const end = message.length - (flags & CHECKSUM_PRESENT ? 4 : 0)
  let command: Doc = new Map()
  const sequences: [string, Value][] = []
  for (let at = HEADER_BYTES + 4; at < end;) {
    const kind = message[at++]
    const size = message.readInt32LE(at)
    if (size < 5 || at + size > end) throw failedToParse('section with a wrong length')
    if (kind === 0) command = decodeCommand(message.subarray(at, at + size))
    else if (kind === 1) sequences.push(readSequence(message.subarray(at, at + size)))
    else throw failedToParse(`section of kind ${String(kind)}`)
    at += size
  }
  for (const [name, documents] of sequences) command.set(name, documents)
  return { requestId, command, form: 'message', reply: (flags & MORE_TO_COME) === 0 }
}

/** Documents sent beside the command; those to be inserted stay encoded. */
function readSequence(section: Buffer): [string, Value] {
  const nameEnd = section.indexOf(0, 4)
  const name = section.toString('utf8', 4, nameEnd)
  const documents: Value[] = []
  for (let at = nameEnd + 1; at < section.length;) {
    const size = section.readInt32LE(at)
    if (size < 5 || at + size > section.length) throw failedToParse('document with a wrong length')
    const bytes = section.subarray(at, at + size)
    documents.push(name === 'documents' ? bytes : decodeCommand(bytes))
    at += size
  }
  return [name, documents]
}

function readQuery(message: Buffer, requestId: number): Request {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4)
  const at = nameEnd + 1 + 8
  const command = decodeCommand(message.subarray(at, at + message.readInt32LE(at)))
  const db = message.toString('utf8', HEADER_BYTES + 4, nameEnd).split('.')[0] ?? 'admin'
  return { requestId, command: command.has('$db') ? command : command.set('$db', db), form: 'query', reply: true }
}

/** Encodes a reply in the form of its request. */
export function encodeReply(request: Request, replyId: number, body: Doc | Buffer, now: number): Buffer {
  const before = HEADER_BYTES + (request.form === 'message' ? 5 : 20)
  const out = Buffer.isBuffer(body) ? Buffer.concat([Buffer.alloc(before), body]) : encodeDocBehind(before, withClusterTime(body, replyId, now))
  out.fill(0, 0, before)
  out.writeInt32LE(out.length, 0)
  out.writeInt32LE(replyId, 4)
  out.writeInt32LE(request.requestId, 8)
  out.writeInt32LE(request.form === 'message' ? OP_MSG : OP_REPLY, 12)
  if (request.form === 'query') out.writeInt32LE(1, HEADER_BYTES + 16)
  return out
}

const NO_SIGNATURE = doc({ hash: new Binary(new Uint8Array(20), 0), keyId: 0n })

function withClusterTime(body: Doc, replyId: number, now: number): Doc {
  const time = new Timestamp({ t: Math.floor(now / 1000), i: replyId >>> 0 })
  return body.set('$clusterTime', doc({ clusterTime: time, signature: NO_SIGNATURE })).set('operationTime', time)
}
