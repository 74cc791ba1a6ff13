import { computed, ref } from 'vue'
import type { Demo } from './use-demo.ts'
import type { Stage } from './use-stage.ts'
import { chapters } from './story.ts'

export type Story = ReturnType<typeof useStory>

/** Thrown to leave a chapter when the story is stopped. */
const stopped = Symbol('stopped')

/** ▶ 播放故事: walks the chapters by itself, in front of the reader's eyes. */
export function useStory(demo: Demo, stage: Stage) {
  const playing = ref(false)
  const current = ref(-1)
  /** The chapter in which the story was stopped; -1: none. */
  const halted = ref(-1)
  const done = ref(0)
  let run = 0

  async function play(): Promise<void> {
    run += 1
    const mine = run
    playing.value = true
    done.value = 0
    halted.value = -1
    const check = () => {
      if (mine !== run) throw stopped
    }
    try {
      for (const [index, chapter] of chapters.entries()) {
        current.value = index
        await chapter.tell({ demo, stage, ...pacing(check) })
        done.value = index + 1
      }
    } catch (error) {
      if (error !== stopped) throw error
    } finally {
      if (mine === run) {
        playing.value = false
        current.value = -1
      }
    }
  }

  return {
    playing,
    /** Told here before, to its end or not: it would begin again. */
    told: computed(() => halted.value >= 0 || done.value > 0),
    chapters: computed(() =>
      chapters.map(({ title, english }, index) => ({
        title: index === halted.value ? `${title}，停在这里` : title,
        english: index === halted.value ? 'Stopped here' : english,
        state: index === current.value ? 'now' : index === halted.value ? 'halted' : index < done.value ? 'done' : 'next',
      })),
    ),
    toggle() {
      if (!playing.value) return void play()
      run += 1
      playing.value = false
      halted.value = current.value
      current.value = -1
    },
    forget() {
      run += 1
      playing.value = false
      current.value = -1
      halted.value = -1
      done.value = 0
    },
  }
}

function pacing(check: () => void) {
  const pause = async (ms: number) => {
    await new Promise((go) => setTimeout(go, ms))
    check()
  }
  return {
    pause,
    /** Waits for something to become true; goes on after `ms` anyway. */
    async until(test: () => boolean, ms = 12_000): Promise<boolean> {
      const end = Date.now() + ms
      while (!test() && Date.now() < end) await pause(100)
      return test()
    },
  }
}
