/** The reader's looks: an Official Account article's measure and calm, in our tokens, dark where the phone is dark. */
export const readerStyle = `
:root{color-scheme:light dark;--ground:#fff;--ink:#1c2128;--soft:#5b6370;--faint:#6a717c;--line:#edeff2;--wash:#f4f5f7;--brand:#2b7cf0;--link:#1a61c9;--on-brand:#eaf2fe}
@media (prefers-color-scheme:dark){:root{--ground:#191919;--ink:#d9dbde;--soft:#a3a8b0;--faint:#8b9098;--line:#2c2d30;--wash:#232427;--brand:#5b9df5;--link:#7fb2f7;--on-brand:#1d2a3d}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.78 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC","Noto Sans SC","Hiragino Sans GB","Microsoft YaHei",sans-serif;overflow-wrap:break-word;text-autospace:normal;text-spacing-trim:trim-start;line-break:strict;-webkit-font-smoothing:antialiased}
main{max-width:677px;margin:0 auto;padding:24px 20px calc(32px + env(safe-area-inset-bottom))}
h1{margin:0;font-size:23px;line-height:1.42;font-weight:700;text-wrap:pretty}
.meta{margin:12px 0 28px;color:var(--faint);font-size:14px;line-height:1.5}
.cover{width:100%;margin:0 0 28px;aspect-ratio:2.35;object-fit:cover}
article h2,article h3,article h4,article h5,article h6{margin:2em 0 .8em;line-height:1.5;font-weight:700;text-wrap:balance}
article h2{font-size:19px}
article h3{font-size:17px}
article h4,article h5,article h6{font-size:16px;color:var(--soft)}
article>:first-child{margin-top:0}
article p{margin:0 0 1.2em;text-align:justify;text-wrap:pretty}
article ul,article ol{margin:0 0 1.2em;padding-left:1.5em}
article li{margin:.4em 0}
article li>p{margin:0 0 .4em}
article li::marker{color:var(--faint)}
a{color:var(--link);text-decoration:none;text-underline-offset:3px}
article a{text-decoration:underline;text-decoration-thickness:1px}
a:focus-visible{outline:2px solid var(--brand);outline-offset:2px;border-radius:4px}
img{display:block;max-width:100%;height:auto;margin:0 auto;border-radius:8px;background:var(--wash)}
article p>img{margin:4px auto}
img.unsized{width:100%;aspect-ratio:3/2;object-fit:contain}
.figure{display:block}
.caption{display:block;margin-top:8px;color:var(--faint);font-size:14px;line-height:1.6;text-align:center}
blockquote{margin:0 0 1.2em;padding:12px 16px;border-left:3px solid var(--line);background:var(--wash);border-radius:0 8px 8px 0;color:var(--soft)}
blockquote p{text-align:left}
blockquote>:last-child{margin-bottom:0}
hr{width:64px;margin:2.4em auto;border:0;border-top:1px solid var(--line)}
code{padding:.1em .35em;border-radius:4px;background:var(--wash);font:.88em/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{margin:0 0 1.2em;padding:14px;border-radius:8px;background:var(--wash);overflow-x:auto}
pre code{padding:0;background:none}
.table{margin:0 0 1.2em;overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:15px;line-height:1.6}
th,td{padding:8px 10px;border-bottom:1px solid var(--line);text-align:left;min-width:72px;vertical-align:top}
th{color:var(--soft);font-weight:600}
.contact{display:flex;align-items:center;gap:20px;margin-top:44px;padding:20px;border-radius:12px;background:var(--wash)}
.contact img{flex:none;width:132px;height:132px;margin:0;padding:6px;border-radius:8px;background:#fff;opacity:1}
.contact p{margin:0;font-size:15px;line-height:1.6}
.contact .who{margin-bottom:4px;font-size:18px;font-weight:700}
.contact .how{word-break:keep-all}
.contact p[lang]{color:var(--faint);font-size:13px}
.contact+footer{margin-top:28px}
footer{margin-top:44px;padding-top:20px;border-top:1px solid var(--line)}
.known{display:block;min-height:46px;padding:10px 16px;border-radius:12px;background:var(--on-brand);color:var(--link);font-size:16px;font-weight:600;line-height:26px;text-align:center}
.why{margin:8px 0 20px;text-align:center}
footer p{margin:0;color:var(--faint);font-size:13px;line-height:1.7}
.privacy a{display:inline-block;min-height:44px;padding:11px 0}
footer form{margin:12px 0 0}
button.known{width:100%;border:0;font-family:inherit;cursor:pointer;margin-top:8px}
.asked{display:flex;flex-direction:column;min-height:100vh;min-height:100svh}
.asked main{width:100%}
.ask{position:sticky;margin-top:auto;bottom:0;z-index:1;padding:14px 20px calc(14px + env(safe-area-inset-bottom));background:var(--ground);border-top:1px solid var(--line);box-shadow:0 -8px 24px rgba(0,0,0,.08)}
.ask>*{max-width:637px;margin:0 auto}
.ask p{margin:0;font-size:14px;line-height:1.65;color:var(--soft)}
.ask details{margin:4px auto 0;font-size:13px;color:var(--faint)}
.ask summary{cursor:pointer;padding:4px 0}
.ask form{display:flex;gap:12px;margin-top:10px}
.ask button{flex:1;min-height:44px;border:1px solid var(--line);border-radius:12px;background:var(--wash);color:var(--ink);font:600 16px/1.4 inherit;font-family:inherit;cursor:pointer}
.plain{display:flex;flex-direction:column;justify-content:center;min-height:88vh;min-height:88svh;text-align:center}
.plain p{margin:12px 0 0;color:var(--soft);font-size:15px;text-wrap:balance}
@media (max-width:340px){main{padding:20px 16px}h1{font-size:21px}.contact{flex-direction:column;text-align:center}.contact img{width:168px;height:168px}}
@media (prefers-color-scheme:dark){img{opacity:.9}}
@media print{footer{display:none}}
`
