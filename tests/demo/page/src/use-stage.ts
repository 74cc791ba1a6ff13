import { reactive } from 'vue'

/** What a phone shows. `nonce` makes the same page open again. */
export type Screen =
  | { at: 'home' }
  | { at: 'account' }
  | { at: 'articles' }
  | { at: 'chat'; chat: string }
  | { at: 'reader'; url: string; nonce: number }
  | { at: 'mall' }
  | { at: 'product'; id: string }
  | { at: 'basket' }
  | { at: 'mine' }

export type Owner = 'lin' | 'zhou' | 'su'

/** The page in the salesperson's right pane: the sidebar of the open chat, or what a card opened. */
export interface Pane {
  path: string
  /** Whose WeCom shows it. */
  who: 'mei' | 'office'
  nonce: number
}

export type Stage = ReturnType<typeof useStage>

/** Which phone is in the hand, what it shows, and what stands beside the chat. */
export function useStage() {
  let nonce = 0
  const stage = reactive({
    owner: 'lin' as Owner,
    stacks: {
      lin: [{ at: 'home' }] as Screen[],
      zhou: [{ at: 'chat', chat: 'zhou' }] as Screen[],
      su: [{ at: 'chat', chat: 'su' }] as Screen[],
    },
    pane: { path: '/sidebar/', who: 'mei', nonce: 0 } as Pane,
    sheet: false,
    tab: 'customer' as 'customer' | 'steps' | 'staff',
    half: 'chat' as 'chat' | 'page',
  })

  return {
    stage,
    screen: (): Screen => stage.stacks[stage.owner].at(-1) ?? { at: 'home' },
    go(screen: Screen) {
      stage.sheet = false
      stage.stacks[stage.owner].push(screen)
    },
    /** From the first screen of this phone. */
    start(owner: Owner, ...screens: Screen[]) {
      stage.sheet = false
      stage.tab = 'customer'
      stage.owner = owner
      const first: Screen = owner === 'lin' ? { at: 'home' } : { at: 'chat', chat: owner }
      stage.stacks[owner] = [first, ...screens]
    },
    back() {
      stage.sheet = false
      if (stage.stacks[stage.owner].length > 1) stage.stacks[stage.owner].pop()
    },
    /** Opens, or opens again, a page of the product by its address. */
    read(url: string) {
      stage.sheet = false
      nonce += 1
      const stack = stage.stacks[stage.owner]
      if (stack.at(-1)?.at === 'reader') stack.pop()
      stack.push({ at: 'reader', url, nonce })
    },
    /** Where there is room for one column, the salesperson's. */
    look(half: 'chat' | 'page') {
      stage.tab = 'staff'
      stage.half = half
    },
    show(path: string, who: Pane['who'] = 'mei') {
      nonce += 1
      stage.pane = { path, who, nonce }
    },
  }
}
