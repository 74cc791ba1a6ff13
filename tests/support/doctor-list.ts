import { faults } from '../../server/domain/diagnosis-faults.ts'
import type { Fault } from '../../server/domain/diagnosis.ts'

/** docs/doctor.md as the list of faults has it. */
export function doctorList(): string {
  const rows = Object.entries<Fault>(faults).map(([name, { severity, step, what, fix }]) => {
    const cell = (text: string) => text.replaceAll('{about}', '…').replaceAll('|', '\\|')
    return `| \`${name}\` | ${severity === 'wrong' ? '✗' : '!'} | ${step} | ${cell(what.zh)}<br>${cell(what.en)} | ${cell(fix.zh)}<br>${cell(fix.en)} |`
  })
  return [
    '# 体检能认出的故障 · What `npm run doctor` can name',
    '',
    '✗ 有错（退出码 1）· wrong (exit code 1)　! 提醒（退出码 2）· a warning (exit code 2)　步 · step: [接线指南](operator-guide.zh-CN.md) · [operator’s guide](operator-guide.md)',
    '',
    'The same names stand in the log line of a refused callback and, for operators, in the pages.',
    '',
    '| name | | 步 step | 现象 what | 怎么改 fix |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
