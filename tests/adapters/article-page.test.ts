import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readArticlePage } from '../../server/adapters/html/article-page.ts'

function page(name: string): string {
  return readFileSync(new URL(`../fixtures/articles/${name}`, import.meta.url), 'utf8').replaceAll('{{site}}', 'https://mmbiz.example.com')
}

test('A5: an article of an Official Account keeps its words, headings, quotes, lists, tables and pictures', () => {
  const read = readArticlePage(page('account-article.html'))
  expect(read).toMatchObject({ title: '秋冬大衣怎么选 & 怎么养', description: '三分钟，选到一件穿十年的大衣', cover: 'https://mmbiz.example.com/cover.png?wx_fmt=png', hasBody: true })
  expect(read.markdown).toBe(
    [
      '![图片](<https://mmbiz.example.com/opening.png?wx_fmt=png>)',
      '一件好的大衣，先看**面料**，再看版型。',
      '## 面料',
      '羊绒含量 30% 以上，手感就会明显**不同**。',
      '> 老裁缝常说：大衣不是洗旧的，是压旧的。',
      '### 尺码',
      '- 肩线落在肩点\n- 袖长盖住*手腕*',
      '![](<https://mmbiz.example.com/size.png>)',
      '| 身高 | 尺码 |\n| --- | --- |\n| 160 | S |\n| 165\\|168 | M |',
      '1\\. 不是列表，只是一句话',
      '![](<https://mmbiz.example.com/gone.png>)',
      '[面料小词典](<https://www.example.com/fabric>)与别的',
    ].join('\n\n'),
  )
  expect(Object.entries(read.leftOut).filter(([, count]) => count > 0)).toEqual([['video', 1], ['card', 1], ['background', 1]])
})

test('A5: a picture message has no article in it, and a page of another system has', () => {
  expect(readArticlePage(page('account-pictures.html'))).toMatchObject({ title: '本周新品', hasBody: false, markdown: '' })
  const other = readArticlePage('<title>围巾</title><article><h1>围巾的三种系法</h1><p>第一种：绕一圈。</p><pre>a\nb</pre><ol><li>绕<ul><li>紧</li></ul></li></ol></article>')
  expect(other).toMatchObject({ title: '围巾的三种系法', hasBody: true })
  expect(other.markdown).toBe('## 围巾的三种系法\n\n第一种：绕一圈。\n\n```\na\nb\n```\n\n1. 绕\n\n   - 紧')
})

test.each([
  ['script in every place', '<article><p onclick="x()">字<script>alert(1)</script><style>p{}</style></p><svg onload="x()"></svg></article>', '字'],
  ['what Markdown would take for its own', '<article><p># 不是标题 *星* [方] &lt;b&gt; `码`</p></article>', '\\# 不是标题 \\*星\\* \\[方\\] \\<b\\> \\`码\\`'],
  ['bold over a blank', '<article><p>前<strong> 中 </strong>后</p></article>', '前 **中** 后'],
  ['a page without an end', '<article><p>半', '半'],
  ['a bold line that is long is no heading', `<article><p><strong style="font-size:20px">${'长'.repeat(31)}</strong></p></article>`, `**${'长'.repeat(31)}**`],
  ['addresses that are none', '<article><p><img data-src="javascript:x"><img src="data:image/png;base64,AA"><img src="//img.example.com/a.png"></p></article>', '![](<https://img.example.com/a.png>)'],
])('A5: %s', (_what, html, markdown) => {
  expect(readArticlePage(html).markdown).toBe(markdown)
})
