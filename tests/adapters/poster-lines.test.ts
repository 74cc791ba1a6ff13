import { expect, test } from 'vitest'
import { linesOf } from '../../server/adapters/poster/lines.ts'

/** Every character as wide as the next. */
const width = (text: string) => [...text].length

test.each<[string, string, number, number, string[]]>([
  ['one line', '羊绒大衣', 6, 2, ['羊绒大衣']],
  ['no mark begins a line', '秋冬大衣怎么选，看面料', 7, 3, ['秋冬大衣怎么', '选，看面料']],
  ['no bracket ends one', '秋冬大衣（新款）', 5, 3, ['秋冬大衣', '（新款）']],
  ['a word stays whole', '穿 Cashmere 大衣', 9, 3, ['穿', 'Cashmere', '大衣']],
  ['a word without end is cut', 'abcdefghijkl', 5, 3, ['abcde', 'fghij', 'kl']],
  ['what does not fit ends in an ellipsis', '秋冬大衣怎么选面料版型', 5, 2, ['秋冬大衣怎', '么选面料…']],
  ['no mark before the ellipsis', '秋冬大衣怎么选面，版型', 5, 2, ['秋冬大衣怎', '么选面…']],
  ['nothing', ' ', 5, 2, []],
])('A5: %s', (_what, text, most, lines, expected) => {
  expect(linesOf(text, most, lines, width)).toEqual(expected)
})
