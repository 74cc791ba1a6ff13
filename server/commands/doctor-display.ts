import { wordsOf } from '../domain/diagnosis-faults.ts'
import { checkNames, exitCodeOf, type Diagnosis, type Finding, type Outcome } from '../domain/diagnosis.ts'

const guide = { zh: 'docs/operator-guide.zh-CN.md', en: 'docs/operator-guide.md' }

/** For machines: `healthy`, `exitCode`, what was found with its words, and what became of each examination. */
export function doctorJson(diagnosis: Diagnosis) {
  const exitCode = exitCodeOf(diagnosis)
  const findings = diagnosis.findings.map((finding) => ({ ...finding, ...wordsOf(finding) }))
  return { healthy: exitCode === 0, exitCode, findings, checks: diagnosis.outcomes, standIns: diagnosis.standIns }
}

/** For people: the one thing to put right first, the rest below it, and how many examinations were fine. */
export function doctorLines(diagnosis: Diagnosis): readonly string[] {
  const [first, ...rest] = alike(diagnosis.findings)
  const asked = standInLines(diagnosis)
  if (!first) return [...asked, '一切正常 · all is well', counts(diagnosis)]
  const besides = rest.length > 0 ? ['', '另外 · besides', ...rest.flatMap(linesOf)] : []
  return [...asked, ...linesOf(first), ...besides, '', counts(diagnosis)]
}

/** A healthy stand-in says nothing about Tencent. */
function standInLines({ standIns }: Diagnosis): readonly string[] {
  if (standIns.length === 0) return []
  return [
    `! 查的不是腾讯，是替身：${standIns.join('，')}`,
    '  Tencent was not asked, but a stand-in. Leave these variables out to ask Tencent.',
    '',
  ]
}

/** What is put right in one go, such as settings of one step that are missing, is told in one go. */
function alike(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const { fix, step } = wordsOf(finding)
    const key = `${finding.severity} ${finding.fault} ${step} ${fix.en}`
    groups.set(key, [...(groups.get(key) ?? []), finding])
  }
  return [...groups.values()]
}

function linesOf(group: readonly Finding[]): readonly string[] {
  const [first] = group
  if (!first) return []
  const { fix, step } = wordsOf(first)
  const told = group.flatMap((finding) => {
    const { what } = wordsOf(finding)
    return [`${finding.severity === 'wrong' ? '✗' : '!'} ${what.zh}`, `  ${what.en}  [${finding.fault}]`]
  })
  return [...told, `  → ${fix.zh}`, `    ${fix.en}`, `    操作指南第 ${step} 步 ${guide.zh} · step ${step} of ${guide.en}`]
}

function counts({ outcomes }: Diagnosis): string {
  const of = (outcome: Outcome) => checkNames.filter((check) => outcomes[check] === outcome).length
  const skipped = of('skipped')
  const more = skipped > 0 ? `；${skipped} 项要等它改好再查 · ${skipped} wait for that` : ''
  return `${of('good')} 项正常 · ${of('good')} fine${more}`
}
