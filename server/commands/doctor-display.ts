import { wordsOf } from '../domain/diagnosis-faults.ts'
import { checkNames, exitCodeOf, type Diagnosis, type Finding } from '../domain/diagnosis.ts'

const guide = { zh: 'docs/operator-guide.zh-CN.md', en: 'docs/operator-guide.md' }

/** For machines: `healthy`, `exitCode`, what was found with its words, and what became of each examination. */
export function doctorJson(diagnosis: Diagnosis) {
  const exitCode = exitCodeOf(diagnosis)
  const findings = diagnosis.findings.map((finding) => ({ ...finding, ...wordsOf(finding) }))
  return { healthy: exitCode === 0, exitCode, findings, checks: diagnosis.outcomes }
}

/** For people: the one thing to put right first, the rest below it, and how many examinations were fine. */
export function doctorLines(diagnosis: Diagnosis): readonly string[] {
  const [first, ...rest] = diagnosis.findings
  if (!first) return [`一切正常 · all is well`, counts(diagnosis)]
  return [...lines(first), ...(rest.length > 0 ? ['', `另外 · besides (${rest.length})`, ...rest.flatMap(lines)] : []), '', counts(diagnosis)]
}

function lines(finding: Finding): readonly string[] {
  const { what, fix, step } = wordsOf(finding)
  const mark = finding.severity === 'wrong' ? '✗' : '!'
  return [
    `${mark} ${what.zh}`,
    `  ${what.en}  [${finding.fault}]`,
    `  → ${fix.zh}`,
    `    ${fix.en}`,
    `    操作指南第 ${step} 步 ${guide.zh} · step ${step} of ${guide.en}`,
  ]
}

function counts({ outcomes }: Diagnosis): string {
  const of = (outcome: string) => checkNames.filter((check) => outcomes[check] === outcome).length
  const skipped = of('skipped')
  const more = skipped > 0 ? `，${skipped} 项要等它改好再查 · ${skipped} wait for that` : ''
  return `${of('good')} 项正常 · ${of('good')} fine${more}`
}
