import type { Connection } from 'mongoose'
import type { HandledDelivery, History, PersonNode } from '../../ports/history.ts'
import { guarded } from './guarded.ts'
import { toTaken, type InboxDocument } from './inbox.ts'
import { toMemory, type MemoryDocument } from './memories.ts'
import { toJoin } from './people.ts'
import type { PersonDocument } from './people-tree.ts'
import { toStoreError } from './store-errors.ts'
import { toEvent, type TimelineDocument } from './timeline.ts'

const everyId = { _id: { $gte: '' } }
const byId = { _id: 1 } as const

/** Whole collections in the order of an index, a batch at a time. */
export function mongoHistory({ connection }: { connection: Connection }): History {
  const inbox = connection.collection<InboxDocument>('inbox')
  const all = <Document extends { _id: string }>(name: string) =>
    connection
      .collection<Document>(name)
      .find(everyId as never)
      .sort(byId)
  const counted = guarded<Pick<History, 'countHandled' | 'oldestBytes'>>({
    countHandled: () => inbox.countDocuments({ state: 'handled' }),
    async oldestBytes() {
      const found = await inbox.findOne(
        { state: 'handled' },
        { sort: { storedAt: 1, _id: 1 }, projection: { storedAt: 1 } },
      )
      return found?.storedAt ?? null
    },
  })
  return {
    ...counted,
    handled(order) {
      const way = order === 'forward' ? 1 : -1
      return mapped(inbox.find({ state: 'handled' }).sort({ storedAt: way, _id: way }), toHandled)
    },
    events: () => mapped(all<TimelineDocument>('timeline'), (one) => ({ event: toEvent(one), storedAt: one.storedAt })),
    people: () => mapped(all<PersonDocument>('people'), toNode),
    memories: () => mapped(all<MemoryDocument>('memories'), (one) => ({ id: one._id, memory: toMemory(one) })),
  }
}

async function* mapped<In, Out>(cursor: AsyncIterable<In>, map: (document: In) => Out): AsyncGenerator<Out> {
  try {
    for await (const document of cursor) yield map(document)
  } catch (error) {
    throw toStoreError(error)
  }
}

function toHandled(document: InboxDocument): HandledDelivery {
  return { ...toTaken(document), handledAt: document.settledAt ?? document.receivedAt, storedAt: document.storedAt }
}

function toNode({ _id, createdAt, identities, joins }: PersonDocument): PersonNode {
  return { id: _id, createdAt, keys: identities.map(({ key }) => key), joins: joins.map(toJoin) }
}
