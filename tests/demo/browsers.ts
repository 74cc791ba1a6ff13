import { userAgents } from '../fake-tencent/browser.ts'
import { openActorProxy } from './actor-proxy.ts'
import type { Cast } from './cast.ts'
import type { PersonName } from './contract.ts'
import { operatorsPlace, weChatHost, weComHost } from './host.ts'
import type { DemoMemory } from './memory.ts'
import { people } from './seed.ts'
import { noteFriendVisit, noteLinVisit } from './visits.ts'

/** Where each person's browser answers: the ports after the page's and the product's. */
export function originsFrom(port: number): Record<PersonName, string> {
  const at = (more: number) => `http://127.0.0.1:${port + more}`
  return { lin: at(2), zhou: at(3), su: at(4), mei: at(5), office: at(6) }
}

/** A browser for each person, with the cookies they had. */
export async function openBrowsers(cast: Cast, origins: Record<PersonName, string>) {
  const { tencent, productUrl, memory } = cast
  const common = { productUrl, bases: tencent.bases }
  for (const [name, cookies] of Object.entries(memory.jars)) {
    const { jar } = actorsOf(cast)[name as PersonName].browser
    for (const [cookie, value] of cookies) jar.set(cookie, value)
  }
  const friend = (name: 'zhou' | 'su') => {
    const { jar } = actorsOf(cast)[name].browser
    return openActorProxy({
      ...common,
      port: portOf(origins[name]),
      actor: `customer:${name}`,
      userAgent: userAgents.weChat,
      jar,
      host: null,
      onVisit: (visit) => noteFriendVisit(cast, people[name].name, visit),
    })
  }
  return Promise.all([
    openActorProxy({
      ...common,
      port: portOf(origins.lin),
      actor: 'customer:lin',
      userAgent: userAgents.weChat,
      jar: cast.lin.browser.jar,
      host: weChatHost(cast),
      isPhone: true,
      onVisit: (visit) => noteLinVisit(cast, visit),
    }),
    friend('zhou'),
    friend('su'),
    openActorProxy({
      ...common,
      port: portOf(origins.mei),
      actor: 'staff:mei',
      userAgent: userAgents.weCom,
      jar: cast.mei.browser.jar,
      host: weComHost(cast),
      onVisit: () => {},
    }),
    openActorProxy({
      ...common,
      port: portOf(origins.office),
      actor: `staff:${people.office.userid}`,
      userAgent: userAgents.weCom,
      jar: actorsOf(cast).office.browser.jar,
      host: weComHost(cast, operatorsPlace),
      onVisit: () => {},
    }),
  ])
}

function actorsOf({ tencent, lin, mei }: Cast) {
  return { lin, mei, zhou: tencent.customer('zhou'), su: tencent.customer('su'), office: tencent.staff(people.office.userid) }
}

/** Everybody's cookies, to be kept. */
export function jarsOf(cast: Cast): DemoMemory['jars'] {
  return Object.fromEntries(Object.entries(actorsOf(cast)).map(([name, one]) => [name, [...one.browser.jar]]))
}

const portOf = (origin: string) => Number(new URL(origin).port)
