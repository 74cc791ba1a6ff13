/** The customer's page: calm cards on a quiet ground, one thing to a card; the way out is never hidden. */
export const customerPageStyle = `
body{background:var(--wash)}
.me{max-width:560px;padding:22px 16px calc(36px + env(safe-area-inset-bottom))}
.me h1{font-size:24px}
.lead{margin:6px 0 18px;color:var(--soft);font-size:15px;line-height:1.6}
.card{margin:0 0 12px;padding:16px;background:var(--ground);border-radius:14px}
.card h2{margin:0 0 10px;font-size:16px;line-height:1.4;font-weight:650}
.card p{margin:0;color:var(--soft);font-size:14px;line-height:1.65}
.card p+p,.card form+p{margin-top:8px}
.said{margin:0 0 12px;padding:12px 16px;border-radius:14px;background:var(--on-brand);color:var(--ink);font-size:15px;line-height:1.5}
.state{display:flex;align-items:center;gap:10px;font-size:18px;font-weight:650;line-height:1.4}
.state::before{content:"";flex:none;width:10px;height:10px;border-radius:50%;background:#1f9d55}
.state.off::before{background:#b7791f}
.state.gone::before{background:var(--faint)}
.state+p{margin-top:6px}
.me button,.button{display:block;width:100%;min-height:46px;margin:14px 0 0;padding:11px 16px;border:0;border-radius:12px;background:var(--on-brand);color:var(--link);font:600 16px/24px -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;text-align:center;cursor:pointer}
.me button.quiet{width:auto;min-height:44px;margin:0;padding:8px 0 8px 8px;background:none;font-size:14px;font-weight:500}
.button.danger,.me button.danger{background:none;color:#b3261e;border:1px solid currentColor}
.me button.sure{background:#b3261e;color:#fff}
.rows{margin:0;padding:0;list-style:none}
.rows>li{padding:11px 0;border-top:1px solid var(--line)}
.rows>li:first-child{border-top:0;padding-top:0}
.rows>li:last-child{padding-bottom:0}
.rows b{display:block;font-size:15px;line-height:1.5;font-weight:600}
.rows small{display:block;color:var(--faint);font-size:13px;line-height:1.55}
.choice{display:flex;align-items:center;justify-content:space-between;gap:14px}
.choice{flex-wrap:wrap}
.choice>div{flex:1 1 0;min-width:60%}
.choice form{flex:none}
.choice details{flex:1 0 100%;margin:-14px 0 -8px}
.choice summary{display:inline-block;min-height:44px;padding-right:16px;color:var(--link);font-size:14px;line-height:44px;cursor:pointer;list-style:none}
.choice summary::-webkit-details-marker{display:none}
.choice summary::after{content:" ›"}
.choice details[open] summary::after{content:" ⌄"}
.choice details p{padding:0 0 8px;white-space:pre-line;overflow-wrap:anywhere}
.choice details a{color:var(--link)}
.day{margin:16px 0 4px;color:var(--faint);font-size:13px;line-height:1.5}
.day:first-of-type{margin-top:0}
.events{margin:0;padding:0;list-style:none}
.events li{display:flex;gap:10px;padding:7px 0}
.events time{flex:none;width:42px;color:var(--faint);font-size:13px;line-height:1.75;font-variant-numeric:tabular-nums}
.events span{min-width:0;font-size:15px;line-height:1.5;overflow-wrap:anywhere}
.events small{display:block;color:var(--faint);font-size:12.5px;line-height:1.5}
.periods{display:grid;grid-template-columns:1fr auto;gap:8px 14px;margin:0;font-size:14px;line-height:1.55}
.periods dt{color:var(--soft)}
.periods dd{margin:0;text-align:right;white-space:nowrap}
.fine{margin:18px 4px 0;color:var(--faint);font-size:13px;line-height:1.7}
@media (prefers-color-scheme:dark){body{background:#111}.button.danger,.me button.danger{color:#f2918a}}
`
