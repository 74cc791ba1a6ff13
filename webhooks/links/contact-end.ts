import { picturePath, sizeInName } from '../../server/domain/picture.ts'
import { escapeHtml } from './markdown.ts'

/** The salesperson at an article's end: their own QR code, and what they are called (null: not known). */
export interface ContactEnd {
  /** Name of the QR picture among our own. */
  picture: string
  name: string | null
}

/** The end of a salesperson's own copy: her code, big enough for a finger to press on. */
export function contactEnd(end: ContactEnd | null): string {
  if (!end) return ''
  const size = sizeInName(end.picture)
  if (!size) return ''
  const who = end.name ? `<p class="who">${escapeHtml(end.name)}</p>\n` : ''
  const alt = end.name ? `${end.name}的企业微信二维码` : '导购的企业微信二维码'
  return `<section class="contact" aria-label="联系导购">
<img src="${picturePath}${escapeHtml(end.picture)}" width="${size.width}" height="${size.height}" alt="${escapeHtml(alt)}" loading="lazy" decoding="async">
<div>
${who}<p class="how">长按识别，<wbr>加我企业微信</p>
<p lang="en">Long-press to add me on WeCom</p>
</div>
</section>
`
}
