import type { PageParameters } from '../../server/ports/payments.ts'
import { escapeHtml } from '../links/markdown.ts'
import { head, jsonForHtml } from '../links/reader-page.ts'
import { payScript } from './script.ts'

/** What the customer sees before paying. */
export interface PayView {
  description: string
  /** ¥2,680 or ¥12.50. */
  amount: string
  parameters: PageParameters
  /** What is noted of a payment. */
  notice: string
  /** Path that answers with the payment's state. */
  statePath: string
  /** Of this answer's Content-Security-Policy. */
  nonce: string
}

const style = `
.pay{display:flex;flex-direction:column;align-items:center;min-height:80vh;padding-top:12vh;text-align:center}
.what{margin:0;color:var(--soft);font-size:15px}
.amount{margin:8px 0 40px;font-size:40px;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
.pay button{width:100%;max-width:320px;min-height:48px;border:0;border-radius:12px}
.pay button{background:#0f7a41;color:#fff;font:inherit;font-weight:600}
.pay button[disabled]{opacity:.55}
.said{min-height:3.6em;margin:20px 0 0;color:var(--soft);font-size:15px;text-wrap:balance}
.fine{margin:auto 0 0;color:var(--faint);font-size:13px}
`

/** One amount, one button; WeChat's own sheet does the rest. */
export function payPage({ description, amount, parameters, notice, statePath, nonce }: PayView): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
${head('付款', nonce)}
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main class="pay">
<p class="what">${escapeHtml(description)}</p>
<p class="amount">${escapeHtml(amount)}</p>
<button type="button" id="pay">微信支付</button>
<p class="said" id="said" role="status"></p>
<p class="fine">由您的专属导购发起，只有您本人能付款。${escapeHtml(notice)}<br><a href="/me">查看、暂停或删除我的记录</a></p>
</main>
<script type="application/json" id="payment">${jsonForHtml({ parameters, statePath })}</script>
<script nonce="${nonce}">${payScript}</script>
</body>
</html>
`
}
