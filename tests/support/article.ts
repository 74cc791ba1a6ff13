import type { StaffActor } from '../fake-tencent/staff.ts'
import type { TestBrand } from './open-brand.ts'

/** 秋冬大衣怎么选 as a page of our own; the address of this member's copy. */
export async function articleOf(brand: Pick<TestBrand, 'server'>, member: StaffActor, title = '秋冬大衣怎么选'): Promise<string> {
  await brand.server.useCases.syncContacts()
  const markdown = `# ${title}\n\n先看面料，再看版型。`
  const { urls } = await brand.server.useCases.addContent({ title, url: null, markdown, cover: null })
  const url = urls[member.userid]
  if (!url) throw new Error(`${member.userid} has no copy`)
  return url
}
