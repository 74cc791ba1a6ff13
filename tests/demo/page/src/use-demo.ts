import { computed, onUnmounted, ref, shallowRef } from 'vue'
import type { Act, DemoState, RawStep } from '../../contract.ts'

export type Demo = ReturnType<typeof useDemo>

/** The demo's whole state as it changes, and what a person can do. */
export function useDemo() {
  const state = shallowRef<DemoState | null>(null)
  const connected = ref(false)
  const machineNow = ref(Date.now())
  let receivedAt = Date.now()

  const source = new EventSource('/demo/live')
  source.onmessage = (event: MessageEvent<string>) => {
    state.value = JSON.parse(event.data) as DemoState
    receivedAt = machineNow.value = Date.now()
    connected.value = true
  }
  source.onerror = () => {
    connected.value = false
  }
  const ticking = setInterval(() => {
    machineNow.value = Date.now()
  }, 250)
  onUnmounted(() => {
    source.close()
    clearInterval(ticking)
  })

  /** Now on the demo's clock. */
  const now = computed(() => {
    const known = state.value
    return known ? known.now + Math.max(0, machineNow.value - receivedAt) * known.speed : 0
  })

  return {
    state,
    now,
    connected,
    act: (act: Act) => post('/demo/act', act),
    startOver: () => post('/demo/start-over', {}),
    async raw(id: number): Promise<RawStep | null> {
      const response = await fetch(`/demo/steps/${id}`)
      return (await response.json()) as RawStep | null
    },
  }
}

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(await response.text())
}
